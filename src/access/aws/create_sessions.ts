import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import type { Ports, Sessions } from "../access.ts";
import { executeCommand } from "./execute_command.ts";
import { generateDataKey } from "./generate_data_key.ts";
import { startPortSession } from "./start_port_session.ts";

/** Sessions as ECS Exec and Session Manager have them. */
export function createSessions(aws: Aws): Sessions & Ports {
  return {
    open: async (request) => ({
      kind: "grant",
      grant: await executeCommand(aws, request),
    }),
    openPort: (request) => startPortSession(aws, request),
    signUpgrade: async ({ streamUrl }, { isRetry }) => {
      const [headers, caBundle] = await Promise.all([
        aws.signUpgrade(streamUrl, { forceRefresh: isRetry }),
        aws.caBundle(),
      ]);
      return caBundle === undefined
        ? { headers }
        : { headers, caCertificates: [caBundle] };
    },
    resumeSession: async (sessionId) => {
      try {
        const { TokenValue } = await aws.call("ssm", "resumeSession", {
          SessionId: sessionId,
        }, { doing: "resume the session", action: "ssm:ResumeSession" });
        // An ended session is answered without a token.
        return TokenValue || undefined;
      } catch (error) {
        if (isOfName(error, "DoesNotExistException")) return undefined;
        throw error;
      }
    },
    terminateSession: async (sessionId) => {
      await aws.call("ssm", "terminateSession", { SessionId: sessionId }, {
        doing: "end the session",
        action: "ssm:TerminateSession",
      });
    },
    createDataKey: (keyId, grant) => generateDataKey(aws, keyId, grant),
    describePluginSurroundings: async () => ({
      region: aws.region,
      ssmEndpoint: await aws.ssmEndpoint(),
    }),
    muteWaits: aws.muteWaits,
  };
}

/** Whether AWS refused with this name. */
function isOfName(error: unknown, name: string): boolean {
  return error instanceof PortholeError && error.cause instanceof Error &&
    error.cause.name === name;
}
