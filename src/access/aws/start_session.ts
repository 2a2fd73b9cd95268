import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import type { SessionGrant } from "../access.ts";

/** AWS's own document that runs one command on a pty: https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html. */
const DOCUMENT = "AWS-StartInteractiveCommand";

/**
 * Calls StartSession for an instance.
 *
 * @throws {PortholeError} what AWS refused.
 */
export async function startSession(
  aws: Pick<Aws, "call">,
  instanceId: string,
  command: string,
): Promise<SessionGrant> {
  const doing = `open a session on instance ${instanceId}`;
  const { SessionId, StreamUrl, TokenValue } = await aws.call(
    "ssm",
    "startSession",
    {
      Target: instanceId,
      DocumentName: DOCUMENT,
      Parameters: { command: [command] },
    },
    { doing, action: "ssm:StartSession", secrets: [command] },
  );
  if (!SessionId || !StreamUrl || !TokenValue) {
    throw new PortholeError(
      "session_refused",
      `Cannot ${doing}: AWS answered without a session`,
    );
  }
  return {
    sessionId: SessionId,
    streamUrl: StreamUrl,
    tokenValue: TokenValue,
    target: instanceId,
  };
}
