import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { MalformedMessage } from "./message.ts";

/** Encrypts what the client sends and decrypts what the agent sends. */
export interface Encryption {
  encrypt(plain: Uint8Array): Uint8Array;
  /** @throws MalformedMessage when the bytes were not encrypted with the agent's key. */
  decrypt(wire: Uint8Array): Uint8Array;
}

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const KEY_LENGTH = 32;

/**
 * AES-256-GCM as the data channel uses it: wire = nonce, ciphertext, tag; no additional data.
 *
 * Of the 64-byte data key the first half belongs to the agent's direction, the second to ours.
 */
export function createEncryption(
  dataKey: Uint8Array,
  makeNonce: () => Uint8Array = () => randomBytes(NONCE_LENGTH),
): Encryption {
  if (dataKey.length !== 2 * KEY_LENGTH) {
    throw new Error(`the data key has ${dataKey.length} and not 64 bytes`);
  }
  const agentKey = dataKey.subarray(0, KEY_LENGTH);
  const clientKey = dataKey.subarray(KEY_LENGTH);
  return {
    encrypt(plain) {
      const nonce = makeNonce();
      const cipher = createCipheriv("aes-256-gcm", clientKey, nonce);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]);
    },
    decrypt(wire) {
      if (wire.length < NONCE_LENGTH + TAG_LENGTH) {
        throw new MalformedMessage("an encrypted payload is too short");
      }
      const decipher = createDecipheriv(
        "aes-256-gcm",
        agentKey,
        wire.subarray(0, NONCE_LENGTH),
      );
      decipher.setAuthTag(wire.subarray(wire.length - TAG_LENGTH));
      const body = wire.subarray(NONCE_LENGTH, wire.length - TAG_LENGTH);
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]);
      } catch {
        throw new MalformedMessage(
          "a payload was not encrypted with the session's key",
        );
      }
    },
  };
}
