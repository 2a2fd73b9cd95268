import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { createEncryption } from "../../../src/session/channel/encryption.ts";
import { MalformedMessage } from "../../../src/session/channel/message.ts";
import { propertyRuns } from "../property_runs.ts";
import { readVector } from "./read_vector.ts";

interface KmsVector {
  readonly dataKeyHex: string;
  readonly agentToClient: { plaintext: string; wireHex: string };
  readonly clientToAgent: {
    nonceHex: string;
    plaintext: string;
    wireHex: string;
  };
}

const vector = readVector<KmsVector>("kms-aes-gcm.json");
const dataKey = Buffer.from(vector.dataKeyHex, "hex");
/** The agent's end: the same key, its halves swapped. */
const agent = createEncryption(
  Buffer.concat([dataKey.subarray(32), dataKey.subarray(0, 32)]),
);

Deno.test("what the agent encrypted is read as an independent library wrote it", () => {
  const { plaintext, wireHex } = vector.agentToClient;
  const plain = createEncryption(dataKey).decrypt(Buffer.from(wireHex, "hex"));
  assert.equal(Buffer.from(plain).toString(), plaintext);
});

Deno.test("what we encrypt is what an independent library makes of it", () => {
  const { nonceHex, plaintext, wireHex } = vector.clientToAgent;
  const encryption = createEncryption(
    dataKey,
    () => Buffer.from(nonceHex, "hex"),
  );
  const wire = encryption.encrypt(Buffer.from(plaintext));
  assert.equal(Buffer.from(wire).toString("hex"), wireHex);
});

Deno.test("any bytes survive both directions, and no nonce is used twice", () => {
  const client = createEncryption(dataKey);
  const nonces = new Set<string>();
  let count = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (plain) => {
      const wire = client.encrypt(plain);
      nonces.add(Buffer.from(wire.subarray(0, 12)).toString("hex"));
      count++;
      assert.deepEqual(new Uint8Array(agent.decrypt(wire)), plain);
      const back = client.decrypt(agent.encrypt(plain));
      assert.deepEqual(new Uint8Array(back), plain);
    }),
    propertyRuns(0.3),
  );
  assert.equal(nonces.size, count);
});

Deno.test("one changed bit, a wrong key and a short payload are refused", () => {
  const client = createEncryption(dataKey);
  const wire = agent.encrypt(Buffer.from("secret"));
  for (let at = 0; at < wire.length; at++) {
    const changed = Buffer.from(wire);
    changed[at]! ^= 1;
    assert.throws(() => client.decrypt(changed), MalformedMessage);
  }
  assert.throws(() => agent.decrypt(wire), MalformedMessage);
  assert.throws(() => client.decrypt(wire.subarray(0, 27)), /too short/);
});

Deno.test("a data key that is not 64 bytes is refused at once", () => {
  for (const length of [0, 32, 63, 65]) {
    assert.throws(() => createEncryption(new Uint8Array(length)), /64 bytes/);
  }
});
