import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { encodeMessage, payloadTypes } from "../sandbox/message_codec.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import {
  type FrameServer,
  type ServerConnection,
  serverFrame,
  startFrameServer,
} from "../session/channel/start_frame_server.ts";
import { Opcode } from "../../src/session/channel/web_socket_frames.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";
import { tellingPid, watchMemory } from "./watch_memory.ts";

const MOST_MIB = 250;
/** Of what has no end so much is sent, over so many connections. */
const SENT_MIB = 200;
const CONNECTIONS = 3;
const MEBIBYTE = 1024 * 1024;

function message(
  sequenceNumber: number,
  payload: string | Uint8Array,
  payloadType: number = payloadTypes.output,
  messageType = "output_stream_data",
): Uint8Array {
  const { frame } = encodeMessage({
    messageType,
    sequenceNumber,
    payloadType,
    payload: Buffer.from(payload),
  });
  return serverFrame(Opcode.binary, frame);
}

/** What an end sends, a piece at a time: for ever, or as much of it as nobody should keep. */
type Attack = () => Iterable<Uint8Array>;

const attacks: Readonly<Record<string, Attack>> = {
  *"parts of nothing, without an end"() {
    yield serverFrame(Opcode.binary, "", false);
    const parts = Buffer.alloc(64 * 1024);
    for (;;) yield parts;
  },
  *"parts of a mebibyte, without an end"() {
    yield serverFrame(Opcode.binary, "", false);
    const part = serverFrame(
      Opcode.continuation,
      Buffer.alloc(MEBIBYTE),
      false,
    );
    for (;;) yield part;
  },
  *"mebibytes ahead of their turn"() {
    const payload = Buffer.alloc(MEBIBYTE);
    for (let sequence = 1;; sequence++) yield message(sequence, payload);
  },
  *"bytes ahead of their turn"() {
    for (let sequence = 1; sequence < 30_000;) {
      yield Buffer.concat(
        Array.from({ length: 100 }, () => message(sequence++, "x")),
      );
    }
  },
  *"pings, and reads no answer"() {
    const ping = serverFrame(Opcode.ping, "x".repeat(125));
    const pings = Buffer.concat(Array.from({ length: 500 }, () => ping));
    for (;;) yield pings;
  },
  *"old frames, and reads no acknowledgement"() {
    const old = message(0, "x");
    const frames = Buffer.concat(Array.from({ length: 500 }, () => old));
    for (let count = 0; count < 100_000; count += 500) yield frames;
  },
  *"acknowledgements of nothing"() {
    const payload = JSON.stringify({
      AcknowledgedMessageSequenceNumber: 1e9,
      Padding: "x".repeat(MEBIBYTE - 100),
    });
    const frame = message(0, payload, 0, "acknowledge");
    for (;;) yield frame;
  },
  *"texts of a wrapper that never begins"() {
    const payload = Buffer.alloc(MEBIBYTE, "x");
    for (let sequence = 0;; sequence++) yield message(sequence, payload);
  },
  *"stderr without an end"() {
    const payload = Buffer.alloc(MEBIBYTE);
    for (let sequence = 0;; sequence++) {
      yield message(sequence, payload, payloadTypes.stdErr);
    }
  },
  *"greetings"() {
    const greeting = message(0, "x".repeat(1000), 0, "start_publication");
    const frames = Buffer.concat(Array.from({ length: 100 }, () => greeting));
    for (;;) yield frames;
  },
  *"challenges"() {
    for (let sequence = 0;; sequence++) {
      yield message(sequence, "{}", payloadTypes.encChallengeRequest);
    }
  },
  *"one handshake behind the other"() {
    const request = JSON.stringify({
      RequestedClientActions: [{
        ActionType: "SessionType",
        ActionParameters: { SessionType: "InteractiveCommands" },
      }],
    });
    for (let sequence = 0;; sequence++) {
      yield message(sequence, request, payloadTypes.handshakeRequest);
    }
  },
};

for (const [name, attack] of Object.entries(attacks)) {
  testPorthole(
    `an end that sends ${name} does not fill the memory`,
    async (porthole) => {
      await using server = startFrameServer();
      using attacked = attackAll(server, attack);
      const sandbox = await startSandbox({
        streamBase: `ws://127.0.0.1:${server.port}`,
      });
      const pidFile = `${sandbox.directory}/pid`;
      const running = startProgram(
        tellingPid(pidFile, [
          "sh",
          "-c",
          'exec "$@" >/dev/null 2>&1',
          "sh",
          ...porthole.command(["exec", "worker", "--", "true"]),
        ]),
        { env: sandbox.env },
      );
      try {
        using memory = watchMemory(pidFile);
        const ended = running.result.then(({ status }) => status);
        const status = await Promise.race([ended, attacked.enough]);
        assert(
          memory.peak() > 0 && memory.peak() < MOST_MIB,
          `${memory.peak()} MiB`,
        );
        if (status !== undefined) return assert.equal(status, 125);
        running.kill("SIGKILL");
        await running.result;
      } finally {
        await sandbox.close();
      }
    },
  );
}

/** Has every connection attacked, until it is disposed of; `enough` resolves when more was sent than anybody should keep. */
function attackAll(server: FrameServer, attack: Attack) {
  const { promise: enough, resolve } = Promise.withResolvers<undefined>();
  let over = false;
  let sent = 0;

  async function serve(connection: ServerConnection): Promise<void> {
    await connection.nextFrame();
    for (const bytes of attack()) {
      await connection.write(bytes);
      sent += bytes.length;
      if (sent > SENT_MIB * MEBIBYTE) resolve(undefined);
      if (over) return connection.close();
    }
    resolve(undefined);
  }

  void (async () => {
    for (let count = 0; !over; count++) {
      const connection = await server.accept();
      if (count === CONNECTIONS) resolve(undefined);
      serve(connection).catch(() => {});
    }
  })();
  return { enough, [Symbol.dispose]: () => void (over = true) };
}
