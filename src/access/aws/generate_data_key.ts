import type { Aws } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import type { DataKey, SessionGrant } from "../access.ts";

/**
 * Calls GenerateDataKey for a session. The encryption context binds the key to it: the agent must
 * name the same.
 *
 * The agent's end says which KMS key; where the caller may read the cluster, the key must be the one of
 * its setting.
 *
 * @throws {PortholeError} what KMS refused, or session_refused for an answer without a key, or of
 * another key.
 */
export async function generateDataKey(
  aws: Pick<Aws, "call">,
  keyId: string,
  grant: SessionGrant,
): Promise<DataKey> {
  const [answer, setting] = await Promise.all([
    askForKey(aws, keyId, grant),
    readKeySetting(aws, grant.cluster),
  ]);
  const { Plaintext, CiphertextBlob, KeyId } = answer;
  if (Plaintext?.length !== 64 || CiphertextBlob === undefined) {
    throw new PortholeError(
      "session_refused",
      `Cannot get a key for the session: KMS key "${keyId}" answered without one`,
    );
  }
  if (setting !== undefined && isAnotherKey(setting, KeyId ?? keyId)) {
    throw new PortholeError(
      "session_refused",
      `Cannot encrypt the session: it is to use KMS key "${keyId}", and the cluster is set to "${setting}"`,
      {
        hint:
          "executeCommandConfiguration.kmsKeyId of the cluster names the key; a session that asks for another one is not trusted",
      },
    );
  }
  return { plaintext: Plaintext, ciphertext: CiphertextBlob };
}

async function askForKey(
  aws: Pick<Aws, "call">,
  keyId: string,
  grant: SessionGrant,
) {
  return await aws.call("kms", "generateDataKey", {
    KeyId: keyId,
    NumberOfBytes: 64,
    EncryptionContext: {
      "aws:ssm:SessionId": grant.sessionId,
      "aws:ssm:TargetId": grant.target,
    },
  }, {
    doing: `get a key for the session from KMS key "${keyId}"`,
    action: "kms:GenerateDataKey",
  });
}

/** What the cluster is set to; undefined where it is set to nothing, or may not be read. */
async function readKeySetting(
  aws: Pick<Aws, "call">,
  cluster: string | undefined,
): Promise<string | undefined> {
  if (cluster === undefined) return undefined;
  try {
    const { clusters } = await aws.call("ecs", "describeClusters", {
      clusters: [cluster],
      include: ["CONFIGURATIONS"],
    }, { doing: "look at the cluster", action: "ecs:DescribeClusters" });
    return clusters?.[0]?.configuration?.executeCommandConfiguration
      ?.kmsKeyId || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a setting, an ARN or an id, is not of this key; what an alias stands for is not known here. */
function isAnotherKey(setting: string, keyArn: string): boolean {
  if (/^(arn:[^/]*:)?alias\//.test(setting)) return false;
  return setting !== keyArn &&
    (setting.startsWith("arn:") || !keyArn.endsWith(`:key/${setting}`));
}
