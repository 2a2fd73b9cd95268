import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import type { Sessions } from "../access.ts";
import { createSessions } from "./create_sessions.ts";

/** What a rack needs of Session Manager beyond what a client does. */
export interface BrokeredSessions extends Sessions {
  /** The stream URL with a signature in its query, good for 60 s. */
  presign(streamUrl: string): Promise<string>;
  /** A new token and stream URL for a session whose connection broke; undefined when AWS has ended the session. */
  renew(
    sessionId: string,
  ): Promise<
    { readonly tokenValue: string; readonly streamUrl: string } | undefined
  >;
  /** Whether a key of KMS encrypts the sessions of a cluster; false where its settings cannot be read. */
  isEncrypted(clusterArn: string): Promise<boolean>;
}

const PRESIGNED_SECONDS = 60;

/** Sessions that are opened for somebody else. */
export function createBrokeredSessions(aws: Aws): BrokeredSessions {
  return {
    ...createSessions(aws),
    presign: (streamUrl) => aws.presignUpgrade(streamUrl, PRESIGNED_SECONDS),
    async renew(sessionId) {
      try {
        const { TokenValue, StreamUrl } = await aws.call(
          "ssm",
          "resumeSession",
          { SessionId: sessionId },
          { doing: "resume the session", action: "ssm:ResumeSession" },
        );
        // An ended session is answered without a token.
        return TokenValue && StreamUrl
          ? { tokenValue: TokenValue, streamUrl: StreamUrl }
          : undefined;
      } catch (error) {
        const { cause } = error as { readonly cause?: unknown };
        if (
          error instanceof PortholeError && cause instanceof Error &&
          cause.name === "DoesNotExistException"
        ) return undefined;
        throw error;
      }
    },
    async isEncrypted(clusterArn) {
      try {
        const { clusters } = await aws.call("ecs", "describeClusters", {
          clusters: [clusterArn],
          include: ["CONFIGURATIONS"],
        }, { doing: "look at the cluster", action: "ecs:DescribeClusters" });
        return Boolean(
          clusters?.[0]?.configuration?.executeCommandConfiguration?.kmsKeyId,
        );
      } catch {
        // A client that is handed an encrypted session says what it lacks.
        return false;
      }
    },
  };
}
