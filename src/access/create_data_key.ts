import type { Aws } from "../aws/create_aws.ts";
import { PortholeError } from "../errors.ts";
import type { DataKey, SessionGrant } from "./access.ts";

/**
 * Calls GenerateDataKey for a session. The encryption context binds the key to it: the agent must
 * name the same.
 *
 * @throws {PortholeError} what KMS refused, or session_refused for an answer without a key.
 */
export async function createDataKey(
  aws: Aws,
  keyId: string,
  grant: SessionGrant,
): Promise<DataKey> {
  const kms = await aws.kms();
  const { Plaintext, CiphertextBlob } = await kms.generateDataKey({
    KeyId: keyId,
    NumberOfBytes: 64,
    EncryptionContext: {
      "aws:ssm:SessionId": grant.sessionId,
      "aws:ssm:TargetId": grant.target,
    },
  }).catch((error: unknown) => {
    throw aws.explain(error, {
      doing: `get a key for the session from KMS key "${keyId}"`,
      action: "kms:GenerateDataKey",
    });
  });
  if (Plaintext?.length !== 64 || CiphertextBlob === undefined) {
    throw new PortholeError(
      "session_refused",
      `Cannot get a key for the session: KMS key "${keyId}" answered without one`,
    );
  }
  return { plaintext: Plaintext, ciphertext: CiphertextBlob };
}
