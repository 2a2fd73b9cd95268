import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { PortRequest, SessionGrant } from "../access.ts";
import { sessionTarget } from "./session_target.ts";

/** AWS's own documents: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html#sessions-start-port-forwarding. */
const OWN_PORT = "AWS-StartPortForwardingSession";
const PORT_OF_HOST = "AWS-StartPortForwardingSessionToRemoteHost";

/**
 * Calls StartSession for a port: ECS has no call of its own for it.
 *
 * @throws {PortholeError} what AWS refused.
 */
export async function startPortSession(
  aws: Pick<Aws, "call" | "region">,
  { task, container, port, host }: PortRequest,
): Promise<SessionGrant> {
  const doing =
    `forward a port through container "${container.name}" of task ${task.id}`;
  if (container.runtimeId === undefined) {
    throw new PortholeError(
      "agent_not_running",
      { cannot: doing, because: "the container has no runtime id yet" },
      { hint: "the container is still starting; try again in a moment" },
    );
  }
  const target = sessionTarget(task, container);
  const document = host === undefined ? OWN_PORT : PORT_OF_HOST;
  const { SessionId, StreamUrl, TokenValue } = await aws.call(
    "ssm",
    "startSession",
    {
      Target: target,
      DocumentName: document,
      Parameters: {
        portNumber: [String(port)],
        // Only AWS's own client reads it, and the documents want a port.
        localPortNumber: [String(port)],
        ...(host === undefined ? {} : { host: [host] }),
      },
    },
    { doing, action: "ssm:StartSession" },
  ).catch((error) => {
    throw explainRefusal(error, { doing, document, task });
  });
  if (!SessionId || !StreamUrl || !TokenValue) {
    throw new PortholeError("session_refused", {
      cannot: doing,
      because: "AWS answered without a session",
    });
  }
  return {
    sessionId: SessionId,
    streamUrl: StreamUrl,
    tokenValue: TokenValue,
    target,
    cluster: task.clusterArn,
  };
}

function explainRefusal(
  error: unknown,
  { doing, document, task }: {
    readonly doing: string;
    readonly document: string;
    readonly task: PortRequest["task"];
  },
): unknown {
  if (!(error instanceof PortholeError)) return error;
  if (error.code === "access_denied") {
    const cluster = nameOfArn(task.clusterArn);
    return error.withHint(
      `forwarding needs ssm:StartSession on the tasks (task/${cluster}/*) and on document/${document}; ecs:ExecuteCommand does not include it`,
    );
  }
  const name = error.cause instanceof Error ? error.cause.name : "";
  if (/^TargetNotConnected(Exception)?$/.test(name)) {
    return new PortholeError("target_not_connected", {
      cannot: doing,
      because: "its agent is not connected to Session Manager",
    }, {
      hint:
        "usual causes: the task role lacks the four ssmmessages actions, or the subnet has no route to ssmmessages",
      link:
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-troubleshooting.html",
      cause: error.cause,
    });
  }
  return error;
}
