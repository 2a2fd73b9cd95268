import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";

/** The agent's two keys: what it encrypts with, and what it decrypts with. */
export type ChannelKeys = {
  readonly toClient: Buffer;
  readonly fromClient: Buffer;
};

/** Cuts a data key of 64 bytes in two, as both sides do. */
export function splitDataKey(dataKey: Uint8Array): ChannelKeys {
  const key = Buffer.from(dataKey);
  return { toClient: key.subarray(0, 32), fromClient: key.subarray(32, 64) };
}

/** AES-256-GCM without additional data: nonce, ciphertext, tag. */
export function encryptPayload(
  key: Buffer,
  plaintext: Uint8Array,
  nonce: Uint8Array = randomBytes(12),
): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** The other way; `undefined` if the tag does not fit. */
export function decryptPayload(key: Buffer, wire: Buffer): Buffer | undefined {
  if (wire.length < 28) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, wire.subarray(0, 12));
  decipher.setAuthTag(wire.subarray(-16));
  try {
    return Buffer.concat([
      decipher.update(wire.subarray(12, -16)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
}
