import { layOutPluginCall } from "../../src/session/plugin/plugin_call.ts";
import type { ProgramCall } from "./run_program.ts";

/** What session to open, and in which container of the sandbox. */
export interface PluginSessionRequest {
  readonly env: Readonly<Record<string, string>>;
  readonly taskId: string;
  readonly words: string;
}

/** What port to open a session for, in which container of the sandbox. */
export interface PortSessionRequest
  extends Pick<PluginSessionRequest, "env" | "taskId"> {
  readonly port: number;
}

/** Opens a session for a port as the AWS CLI does, and lays out session-manager-plugin's call for it. */
export async function openPluginPort(
  path: string,
  { env, taskId, port }: PortSessionRequest,
): Promise<ProgramCall> {
  const { ECS } = await import("@aws-sdk/client-ecs");
  const { SSM } = await import("@aws-sdk/client-ssm");
  const place = readPlace(env);
  const ecs = new ECS(place);
  const ssm = new SSM(place);
  const { tasks = [] } = await ecs.describeTasks({
    cluster: "default",
    tasks: [taskId],
  });
  const runtimeId =
    tasks[0]?.containers?.find(({ name }) => name === "worker")?.runtimeId ??
      "";
  const target = `ecs:default_${taskId}_${runtimeId}`;
  const session = await ssm.startSession({
    Target: target,
    DocumentName: "AWS-StartPortForwardingSession",
    Parameters: { portNumber: [`${port}`], localPortNumber: ["0"] },
  });
  ecs.destroy();
  ssm.destroy();
  return layOut(path, env, {
    sessionId: session.SessionId ?? "",
    streamUrl: session.StreamUrl ?? "",
    tokenValue: session.TokenValue ?? "",
    target,
  });
}

/** Where the sandbox is, and who asks there. */
function readPlace(env: Readonly<Record<string, string>>) {
  return {
    region: env["AWS_REGION"] ?? "",
    endpoint: env["AWS_ENDPOINT_URL"] ?? "",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
    },
  };
}

/** Opens a session as the AWS CLI does, and lays out session-manager-plugin's call for it. */
export async function openPluginSession(
  path: string,
  { env, taskId, words }: PluginSessionRequest,
): Promise<ProgramCall> {
  const { ECSClient, ExecuteCommandCommand } = await import(
    "@aws-sdk/client-ecs"
  );
  const client = new ECSClient(readPlace(env));
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
  return layOut(path, env, {
    sessionId: session?.sessionId ?? "",
    streamUrl: session?.streamUrl ?? "",
    tokenValue: session?.tokenValue ?? "",
    target: `ecs:default_${taskId}_${taskId}-1`,
  });
}

function layOut(
  path: string,
  env: Readonly<Record<string, string>>,
  grant: Parameters<typeof layOutPluginCall>[0]["grant"],
): ProgramCall {
  const { region, endpoint } = readPlace(env);
  const call = layOutPluginCall({ grant, region, ssmEndpoint: endpoint });
  return { command: path, args: call.args, env: { ...env, ...call.env } };
}
