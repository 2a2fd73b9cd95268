import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  decryptPayload,
  encryptPayload,
  splitDataKey,
} from "./channel_crypto.ts";

const vector = JSON.parse(
  Deno.readTextFileSync(
    new URL("../vectors/kms-aes-gcm.json", import.meta.url),
  ),
);
const keys = splitDataKey(Buffer.from(vector.dataKeyHex, "hex"));

Deno.test("the agent's output and the client's input are the fixed ciphertexts", () => {
  const { agentToClient, clientToAgent } = vector;
  assert.equal(
    encryptPayload(
      keys.toClient,
      Buffer.from(agentToClient.plaintext),
      Buffer.from(agentToClient.nonceHex, "hex"),
    ).toString("hex"),
    agentToClient.wireHex,
  );
  assert.equal(
    decryptPayload(keys.fromClient, Buffer.from(clientToAgent.wireHex, "hex"))
      ?.toString(),
    clientToAgent.plaintext,
  );
});

Deno.test("the challenge is read with one key and answered with the other", () => {
  const { challenge } = vector;
  assert.equal(
    decryptPayload(keys.toClient, Buffer.from(challenge.requestWireHex, "hex"))
      ?.toString("hex"),
    challenge.plaintextHex,
  );
  assert.equal(
    decryptPayload(
      keys.fromClient,
      Buffer.from(challenge.responseWireHex, "hex"),
    )?.toString("hex"),
    challenge.plaintextHex,
  );
});

Deno.test("the wrong key, a changed byte and a short text are refused", () => {
  const wire = Buffer.from(vector.clientToAgent.wireHex, "hex");
  assert.equal(decryptPayload(keys.toClient, wire), undefined);
  wire[20] = (wire[20] ?? 0) ^ 1;
  assert.equal(decryptPayload(keys.fromClient, wire), undefined);
  assert.equal(
    decryptPayload(keys.fromClient, wire.subarray(0, 27)),
    undefined,
  );
});
