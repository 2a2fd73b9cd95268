import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { account, region } from "./fleet.ts";

/** Answers one operation of the Key Management Service. */
export function answerKms(
  context: ApiContext,
  operation: string,
  parameters: Parameters,
): object {
  if (operation !== "GenerateDataKey") {
    throw new ApiError("UnknownOperationException", "");
  }
  const keyId = String(parameters["KeyId"] ?? "");
  if (context.kmsKeyId === undefined || keyId !== context.kmsKeyId) {
    throw new ApiError(
      "NotFoundException",
      `Key '${keyId}' does not exist`,
    );
  }
  if (parameters["DryRun"] === true) {
    throw new ApiError(
      "DryRunOperationException",
      "The request would have succeeded, but the DryRun option is set.",
    );
  }
  const length = Number(parameters["NumberOfBytes"] ?? 32);
  const plaintext = randomBytes(length);
  // The ciphertext only has to lead back to the key, for the same encryption
  // context; nobody but this sandbox ever opens it.
  const blob = randomBytes(48).toString("base64");
  context.dataKeys.set(
    keyOf(blob, parameters["EncryptionContext"]),
    plaintext,
  );
  return {
    CiphertextBlob: blob,
    Plaintext: plaintext.toString("base64"),
    KeyId: findKeyArn(keyId),
  };
}

/** Opens a data key again, as KMS does for the agent: `undefined` if refused. */
export function decryptDataKey(
  dataKeys: ReadonlyMap<string, Uint8Array>,
  ciphertextBlob: string,
  encryptionContext: Readonly<Record<string, string>>,
): Buffer | undefined {
  const key = dataKeys.get(keyOf(ciphertextBlob, encryptionContext));
  return key === undefined ? undefined : Buffer.from(key);
}

/** An ARN for the sandbox's key when the options give none. */
export function makeKeyArn(account: string): string {
  return `arn:aws:kms:${region}:${account}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0`;
}

/** KMS answers with the ARN of the key, whatever it was asked for. */
function findKeyArn(keyId: string): string {
  if (/^arn:.*:key\//.test(keyId)) return keyId;
  const whole = makeKeyArn(account);
  return keyId.includes("alias/")
    ? whole
    : whole.replace(/[^/]*$/, () => keyId);
}

function keyOf(blob: string, encryptionContext: unknown): string {
  const pairs = Object.entries(
    (encryptionContext ?? {}) as Record<string, string>,
  ).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${blob} ${JSON.stringify(pairs)}`;
}
