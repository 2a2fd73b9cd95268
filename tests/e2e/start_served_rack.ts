import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Porthole, Running } from "./run_porthole.ts";

/** A `porthole rack serve` that runs, and what its clients need. */
export interface ServedRack {
  readonly running: Running;
  readonly port: number;
  /** What lets a client of porthole's in. */
  readonly env: Readonly<Record<string, string>>;
  /** The lines of its audit so far. */
  audit(): readonly Readonly<Record<string, unknown>>[];
  /** Ends it; resolves with all lines of its audit, which hold no secret, as its log holds none. */
  stop(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** What a test may want otherwise. */
export interface ServedRackOptions {
  readonly token: string;
  /** `file:F`, made by `addUser`. */
  readonly users: string;
  readonly flags?: readonly string[];
}

/** Starts a rack on loopback, outside ECS, before a sandbox. */
export async function startServedRack(
  porthole: Porthole,
  { env }: Pick<Sandbox, "env">,
  { token, users, flags = [] }: ServedRackOptions,
): Promise<ServedRack> {
  const port = findPort();
  const own = (name: string, value: string) =>
    flags.includes(name) ? [] : [name, value];
  const running = porthole.start([
    "rack",
    "serve",
    ...own("--clusters", "default"),
    "--users",
    users,
    ...own("--drain", "0"),
    "--listen",
    `127.0.0.1:${port}`,
    ...own("--param", "ECSExec=Yes"),
    ...flags,
  ], { env });
  await running.waitFor('"event":"start"');
  return {
    running,
    port,
    env: { PORTHOLE_RACK: rackUrl(port, token) },
    audit: () => readAudit(running.seen()),
    async stop() {
      running.kill("SIGTERM");
      const { text, stderr } = await running.result;
      assert.doesNotMatch(text + stderr, /X-Amz-|data-channel|TokenValue/i);
      assert.ok(!(text + stderr).includes(token.split(".")[1]!));
      return readAudit(text);
    },
  };
}

/** Where a token gets in. */
export function rackUrl(port: number, token: string): string {
  return `http://convox:${token}@127.0.0.1:${port}`;
}

/** Makes a user, and the file of users where there is none; resolves with the token. */
export async function addUser(
  porthole: Porthole,
  users: string,
  name: string,
  scopes: readonly string[],
): Promise<string> {
  const { status, text, stderr } = await porthole.run([
    "rack",
    "user",
    "add",
    name,
    ...scopes.flatMap((scope) => ["--allow", scope]),
    "--users",
    users,
  ]);
  assert.equal(status, 0, stderr);
  return text.trim();
}

/** A port that was free a moment ago. */
export function findPort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Whole lines alone. */
function readAudit(text: string): readonly Record<string, unknown>[] {
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}
