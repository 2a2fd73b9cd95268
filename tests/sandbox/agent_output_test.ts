import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openChannel } from "./channel_client.ts";
import { payloadTypes } from "./message_codec.ts";
import { realAgentTimes } from "./sandbox_options.ts";
import { startSandbox } from "./start_sandbox.ts";
import { withSession } from "./with_session.ts";

const raw = "stty raw -echo;";

Deno.test("stdout and stderr come merged, each LF as CR LF", () =>
  withSession("sh -c 'echo a; echo b >&2; echo c'", async (client) => {
    assert.equal(await client.closed(), "");
    assert.equal(client.output().toString(), "a\r\nb\r\nc\r\n");
  }));

Deno.test("the first message is start_publication, then Output 0 with flag 1, then flag 0", () =>
  withSession("sh -c 'echo a; read x; echo b'", async (client) => {
    await client.waitFor((one) => one.output().length > 0);
    client.type("\n");
    await client.closed();
    const shown = client.messages.filter((one) =>
      one.messageType !== "acknowledge"
    ).map((one) => [one.messageType, one.sequenceNumber, one.flags]);
    assert.deepEqual(shown.slice(0, 3), [
      ["start_publication", 0, 3],
      ["output_stream_data", 0, 1],
      ["output_stream_data", 1, 0],
    ]);
    assert.deepEqual(shown.at(-1), ["channel_closed", 0, 3]);
  }));

Deno.test("the command is no shell line: it is split and executed", () =>
  withSession("echo a && b | c $HOME '*' #x", async (client) => {
    await client.closed();
    assert.equal(client.output().toString(), "a && b | c $HOME *\r\n");
  }));

Deno.test("the pty starts at 0 by 0, with echo on, TERM set, as a session of its own", () =>
  withSession(
    "sh -c 'stty size; stty -a | grep -o \" echo \"; echo $TERM; ps -o sid= -p $$; echo $$'",
    async (client) => {
      await client.closed();
      const [size, echo, term, session, pid] = client.output().toString()
        .split("\r\n").map((line) => line.trim());
      assert.equal(size, "0 0");
      assert.equal(echo, "echo");
      assert.equal(term, "xterm-256color");
      assert.equal(session, pid);
    },
  ));

Deno.test("messages hold at most 1027 bytes and nothing is lost: 1 MiB of random bytes and a marker", async () => {
  const sandbox = await startSandbox();
  const file = `${sandbox.directory}/random`;
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  const block = new Uint8Array(1_048_576);
  for (let i = 0; i < 16; i++) block.set(bytes, i * 65_536);
  Deno.writeFileSync(file, block);
  const client = await openChannel(
    sandbox,
    `sh -c '${raw} cat ${file}; printf "\\036END\\036"'`,
  );
  assert.equal(await client.closed(), "");
  const longest = Math.max(
    ...client.messages.filter((one) => one.payloadType === payloadTypes.output)
      .map((one) => one.payload.length),
  );
  assert.ok(longest <= 1027, `${longest}`);
  // Random bytes may hold U+FFFD, the one thing that gets damaged.
  const expected = Buffer.from(block).toString("latin1")
    .replaceAll("\u00ef\u00bf\u00bd", "\u00ef") + "\u001eEND\u001e";
  assert.ok(client.output().toString("latin1") === expected);
  client.end();
  await client.gone;
  await sandbox.close();
});

Deno.test("a literal U+FFFD arrives as EF; the stream's last invalid bytes are lost", () =>
  withSession(
    `sh -c '${raw} printf "a\\357\\277\\275b ok\\351\\350"'`,
    async (client) => {
      await client.closed();
      assert.equal(
        client.output().toString("hex"),
        "61ef62206f6b",
      );
    },
  ));

Deno.test("with the real agent's times the first output takes a second, then 1.35 ms a message", async () => {
  await withSession(
    `sh -c '${raw} head -c 204800 /dev/zero | tr "\\0" x'`,
    async (client) => {
      const begun = performance.now();
      await client.waitFor((one) => one.output().length > 0);
      const first = performance.now();
      await client.closed();
      const last = performance.now();
      assert.ok(
        first - begun > 900 && first - begun < 1500,
        `${first - begun}`,
      );
      // 200 messages of 1024 bytes.
      assert.ok(last - first > 220 && last - first < 700, `${last - first}`);
      assert.equal(client.output().length, 204_800);
    },
    realAgentTimes,
  );
});

Deno.test("output that a program prints before it ends is there, however fast it ends", () =>
  withSession(
    `sh -c '${raw} head -c 60000 /dev/zero; printf END; exit 3'`,
    async (client, sandbox) => {
      await client.closed();
      assert.equal(client.output().length, 60_003);
      assert.equal(client.output().subarray(-3).toString(), "END");
      const exit = sandbox.events().find((one) => one.kind === "exited");
      assert.equal(exit?.kind === "exited" && exit.code, 3);
    },
  ));

Deno.test("output of background children after the command's end is lost, and does not hang the session", () =>
  withSession(
    "sh -c 'echo now; (trap \"\" HUP; sleep 0.5; echo later; sleep 60) & exit 0'",
    async (client) => {
      const begun = performance.now();
      await client.closed();
      assert.ok(performance.now() - begun < 450);
      assert.equal(client.output().toString(), "now\r\n");
    },
  ));

Deno.test("pause_publication stops the reading of the pty and loses nothing", () =>
  withSession(
    `sh -c '${raw} printf R; head -c 1 >/dev/null; head -c 300000 /dev/zero; printf END'`,
    async (client, sandbox) => {
      await client.waitFor((one) => one.output().length === 1);
      client.control("pause_publication");
      client.type("x");
      await client.waitFor((one) => one.acknowledged().length === 1);
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(client.output().length, 1);
      assert.equal(sandbox.sessions()[0]?.state, "running");
      client.control("start_publication");
      await client.closed();
      assert.equal(client.output().length, 300_004);
    },
  ));

Deno.test("start-before-client: the command runs before its client comes", async () => {
  const sandbox = await startSandbox({
    startBeforeClient: true,
    giveUpMs: 50,
  });
  const client = await openChannel(
    sandbox,
    "sh -c 'echo early; sleep 0.3; echo late'",
    {
      async beforeDial() {
        while (sandbox.sessions()[0]?.sent.frames === 0) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
    },
  );
  await client.closed();
  // The early frame is repaired, by resending.
  assert.equal(client.output().toString(), "early\r\nlate\r\n");
  client.end();
  await client.gone;
  // One that has ended by then is lost whole.
  const late = await openChannel(sandbox, "echo gone", {
    beforeDial: () =>
      sandbox.waitFor((one) => one.sessions()[1]?.state === "closed"),
  });
  assert.equal(await late.closed(), "");
  assert.equal(late.output().length, 0);
  late.end();
  await late.gone;
  await sandbox.close();
});

Deno.test("synthetic output stands in the place of its command, between real output", () =>
  withSession(
    `sh -c '${raw} printf A; synthetic-output 2; printf Z'`,
    async (client) => {
      await client.closed();
      const output = client.output();
      assert.equal(output.length, 2 * 1_048_576 + 2);
      assert.equal(output[0], 0x41);
      assert.equal(output.at(-1), 0x5a);
    },
    { syntheticOutput: true },
  ));
