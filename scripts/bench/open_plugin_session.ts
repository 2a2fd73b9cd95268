import { layOutPluginCall } from "../../src/session/plugin/plugin_call.ts";
import type { ProgramCall } from "./run_program.ts";

/** What session to open, and in which container of the sandbox. */
export interface PluginSessionRequest {
  readonly env: Readonly<Record<string, string>>;
  readonly taskId: string;
  readonly words: string;
}

/** Opens a session as the AWS CLI does, and lays out session-manager-plugin's call for it. */
export async function openPluginSession(
  path: string,
  { env, taskId, words }: PluginSessionRequest,
): Promise<ProgramCall> {
  const { ECSClient, ExecuteCommandCommand } = await import(
    "@aws-sdk/client-ecs"
  );
  const region = env["AWS_REGION"] ?? "";
  const endpoint = env["AWS_ENDPOINT_URL"] ?? "";
  const client = new ECSClient({
    region,
    endpoint,
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  });
  const { session } = await client.send(
    new ExecuteCommandCommand({
      cluster: "default",
      task: taskId,
      container: "worker",
      command: words,
      interactive: true,
    }),
  );
  client.destroy();
  const call = layOutPluginCall({
    grant: {
      sessionId: session?.sessionId ?? "",
      streamUrl: session?.streamUrl ?? "",
      tokenValue: session?.tokenValue ?? "",
      target: `ecs:default_${taskId}_${taskId}-1`,
    },
    region,
    ssmEndpoint: endpoint,
  });
  return { command: path, args: call.args, env: { ...env, ...call.env } };
}
