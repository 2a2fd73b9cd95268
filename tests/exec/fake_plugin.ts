import type { AwsAccess } from "../../src/access/access.ts";
import type { SpawnedProcess, SpawnOptions } from "../../src/deps.ts";
import type { SessionManagerClient } from "../../src/exec/choose_client.ts";

/** The client of sessions that `playPlugin` joins. */
export const FAKE_PLUGIN: SessionManagerClient = {
  kind: "plugin",
  path: "/bin/plugin",
  version: "1.2.764.0",
  because: "the test says so",
};

/** What grants sessions, and ends them. */
export const grantsSessions: Pick<
  AwsAccess,
  "open" | "describePluginSurroundings" | "terminateSession"
> = {
  open: () =>
    Promise.resolve({
      grant: {
        sessionId: "s",
        streamUrl: "wss://host/s",
        tokenValue: "secret",
        target: "ecs:c_t_r",
      },
    } as Awaited<ReturnType<AwsAccess["open"]>>),
  describePluginSurroundings: () =>
    Promise.resolve({ region: "us-east-1", ssmEndpoint: "https://ssm" }),
  terminateSession: () => Promise.resolve(),
};

/** Plays AWS's plugin in a session of a command without a script of ours, which prints this and ends. */
export function playPlugin(
  output: string,
): (options: SpawnOptions) => SpawnedProcess {
  const printed = `\nStarting session with SessionId: s\n${output}` +
    "\n\nExiting session with sessionId: s.\n\n";
  return () => ({
    pid: 1,
    stdin: new WritableStream(),
    stdout: ReadableStream.from([new TextEncoder().encode(printed)]),
    stderr: ReadableStream.from([]),
    exit: Promise.resolve({ code: 0, signal: null }),
    kill() {},
  });
}
