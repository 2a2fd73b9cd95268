import { SSM } from "@aws-sdk/client-ssm";
import { projectRoot } from "../../scripts/project.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** What AWS answers to StartSession. */
export type SessionAnswer = Readonly<Record<string, string | undefined>>;

/** A session that waits for its plugin, and what it was asked for. */
export interface WaitingSession {
  readonly session: SessionAnswer;
  readonly request: Readonly<Record<string, unknown>>;
}

/** The variable in which newer versions of the AWS CLI hand a session over. */
export const SESSION_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE";

/** A folder with `session-manager-plugin`, which is the compiled porthole; it is gone after the file's tests. */
export async function linkPlugin(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-plugin-" });
  Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));
  await Deno.symlink(
    `${projectRoot}dist/porthole`,
    `${folder}/session-manager-plugin`,
  );
  return folder;
}

/** The SSM target of the sandbox's worker. */
export function findTarget(sandbox: Sandbox): string {
  const [task] = sandbox.tasks("worker");
  return `ecs:default_${task!.taskId}_${task!.runtimeIds["worker"]}`;
}

/** Asks AWS for a session as the AWS CLI does: with a signature. */
export async function startSession(
  sandbox: Sandbox,
  document: string,
  parameters: Readonly<Record<string, readonly string[]>>,
): Promise<WaitingSession> {
  const { env } = sandbox;
  const ssm = new SSM({
    endpoint: sandbox.url,
    region: "us-east-1",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]!,
    },
  });
  const request = {
    Target: findTarget(sandbox),
    DocumentName: document,
    Parameters: parameters as Record<string, string[]>,
  };
  const { SessionId, StreamUrl, TokenValue } = await ssm.startSession(request);
  ssm.destroy();
  return { session: { SessionId, StreamUrl, TokenValue }, request };
}

/** The words and variables of a call, with the session in the first word (1.2.497) or in a variable. */
export function writeCall(
  { session, request }: WaitingSession,
  form: "word" | "variable",
  sandbox: Sandbox,
): {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const text = JSON.stringify(session);
  return {
    words: [
      form === "word" ? text : SESSION_VARIABLE,
      "us-east-1",
      "StartSession",
      "",
      JSON.stringify(request),
      sandbox.url,
    ],
    env: {
      ...sandbox.env,
      ...(form === "word" ? {} : { [SESSION_VARIABLE]: text }),
    },
  };
}
