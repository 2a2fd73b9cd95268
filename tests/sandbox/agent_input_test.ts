import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ChannelClient } from "./channel_client.ts";
import { payloadTypes } from "./message_codec.ts";
import { withSession } from "./with_session.ts";

const rawSum = (size: number, wait = "") =>
  `sh -c 'stty raw -echo; printf RDY; ${wait} head -c ${size} | sha256sum'`;

function ready(client: ChannelClient): Promise<void> {
  return client.waitFor((one) => one.output().includes("RDY"));
}

/** Sends plain bytes with a window, and returns their hash. */
async function pour(client: ChannelClient, size: number): Promise<string> {
  const hash = createHash("sha256");
  const block = Buffer.alloc(1024);
  for (let i = 0; i < size / 1024; i++) {
    block.fill(i % 251);
    hash.update(block);
    client.send(payloadTypes.output, block);
    if (i % 512 === 511) {
      await client.waitFor(
        (one) => one.acknowledged().length > i - 256,
        60_000,
      );
    }
  }
  return hash.digest("hex");
}

Deno.test("input reaches the pty in order; what is ahead waits, and both are acknowledged", () =>
  withSession(
    "sh -c 'stty -echo; printf RDY; read a; read b; echo $a $b'",
    async (client) => {
      await ready(client);
      client.sendAs(1, payloadTypes.output, Buffer.from("two\n"));
      await client.waitFor((one) => one.acknowledged().length === 1);
      client.sendAs(0, payloadTypes.output, Buffer.from("one\n"));
      await client.closed();
      assert.equal(client.output().toString(), "RDYone two\r\n");
      assert.deepEqual(client.acknowledged().slice(0, 2), [1, 0]);
    },
  ));

Deno.test("a duplicate is acknowledged again and not written again", () =>
  withSession(
    "sh -c 'stty -echo; printf RDY; read a; read b; echo $a $b'",
    async (client, sandbox) => {
      await ready(client);
      const number = client.type("one\n");
      client.sendAs(number, payloadTypes.output, Buffer.from("one\n"));
      client.sendAs(number, payloadTypes.output, Buffer.from("one\n"));
      await client.waitFor((one) => one.acknowledged().length === 3);
      client.type("two\n");
      await client.closed();
      assert.equal(client.output().toString(), "RDYone two\r\n");
      assert.equal(sandbox.sessions()[0]?.duplicates, 2);
    },
  ));

Deno.test("Size resizes the pty and the program is told", () =>
  withSession(
    "sh -c 'trap \"stty size; exit\" WINCH; printf RDY; while :; do sleep 0.02; done'",
    async (client, sandbox) => {
      await ready(client);
      client.resize(123, 45);
      await client.closed();
      assert.equal(client.output().toString(), "RDY45 123\r\n");
      const resized = sandbox.events().find((one) => one.kind === "resized");
      assert.ok(resized?.kind === "resized" && resized.cols === 123);
    },
  ));

Deno.test("03 interrupts, 1c quits, 04 ends the input", async () => {
  for (const [byte, signal] of [["\x03", 2], ["\x1c", 3]] as const) {
    await withSession(
      "sh -c 'printf RDY; exec sleep 60'",
      async (client, sandbox) => {
        await ready(client);
        client.type(byte);
        await client.closed();
        const exit = sandbox.events().find((one) => one.kind === "exited");
        assert.equal(exit?.kind === "exited" && exit.signal, signal);
      },
    );
  }
  await withSession(
    "sh -c 'stty -echo; printf RDY; cat; echo end'",
    async (client) => {
      await ready(client);
      client.type("x\n");
      client.type("\x04");
      await client.closed();
      assert.equal(client.output().toString(), "RDYx\r\nend\r\n");
    },
  );
});

Deno.test("a canonical line holds 4095 bytes; more is cut", async () => {
  for (const [length, kept] of [[4095, 4096], [5000, 4096]] as const) {
    await withSession(
      "sh -c 'stty -echo; printf RDY; head -n 1 | wc -c'",
      async (client) => {
        await ready(client);
        client.type("x".repeat(length) + "\n");
        await client.closed();
        assert.equal(client.output().toString().slice(3).trim(), String(kept));
      },
    );
  }
});

Deno.test("while the pty is full nothing is acknowledged; a reader that wakes gets every byte", () =>
  withSession(
    rawSum(1_048_576, "read x < /dev/null; sleep 0.4;"),
    async (client) => {
      await ready(client);
      const hash = createHash("sha256");
      const block = Buffer.alloc(1024, "y");
      for (let i = 0; i < 1024; i++) {
        hash.update(block);
        client.send(payloadTypes.output, block);
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
      const before = client.acknowledged().length;
      assert.ok(before < 100, `${before} acknowledged`);
      await client.closed();
      assert.match(client.output().toString(), new RegExp(hash.digest("hex")));
      assert.equal(client.acknowledged().length, 1024);
    },
  ));

Deno.test("32 MiB go through a pty byte for byte", () =>
  withSession(rawSum(33_554_432), async (client) => {
    await ready(client);
    const sum = await pour(client, 33_554_432);
    await client.closed();
    assert.match(client.output().toString(), new RegExp(sum));
  }));

Deno.test("input that comes before the command starts is not acknowledged, and must come again", () =>
  withSession("sh -c 'read a; echo got $a'", async (client) => {
    client.type("early\n");
    await client.waitFor((one) => one.messages.length > 0);
    assert.deepEqual(client.acknowledged(), []);
    await new Promise((resolve) => setTimeout(resolve, 120));
    client.sendAs(0, payloadTypes.output, Buffer.from("early\n"));
    await client.closed();
    assert.match(client.output().toString(), /got early/);
  }, { channelOpenMs: 100 }));

Deno.test("or, by option, it is acknowledged and dropped", () =>
  withSession("sh -c 'read a; echo got $a'", async (client) => {
    client.type("early\n");
    await client.waitFor((one) => one.acknowledged().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 120));
    client.type("late\n");
    await client.closed();
    assert.match(client.output().toString(), /got late/);
  }, { channelOpenMs: 100, earlyInput: "drop" }));

Deno.test("the TerminateSession flag is acknowledged and ignored", () =>
  withSession("sh -c 'printf RDY; read x; echo still here'", async (client) => {
    await ready(client);
    client.send(payloadTypes.flag, Buffer.from([0, 0, 0, 2]));
    await client.waitFor((one) => one.acknowledged().length === 1);
    client.type("\n");
    await client.closed();
    assert.match(client.output().toString(), /still here/);
  }));
