import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Base64Damage } from "../../../src/session/reply/decode_base64.ts";
import {
  createReplyReader,
  type ReplyEvent,
} from "../../../src/session/reply/read_reply.ts";
import type {
  WrapOptions,
  WrappedCommand,
} from "../../../src/session/wrap_command.ts";
import { anyCuts, cut } from "../any_chunks.ts";
import { propertyRuns } from "../property_runs.ts";
import {
  anyProgramOutput,
  NONCE,
  readyBytes,
  SECRET,
  wordBytes,
} from "./any_program_output.ts";
import { encodeLines } from "./encode_lines.ts";
import { addCarriageReturns, damageReplacements } from "./spoil_output.ts";

const PLAIN: WrapOptions = { interactive: false, stdin: false, binary: false };

function wrapped(options: WrapOptions): WrappedCommand {
  return { command: "", nonce: NONCE, secret: SECRET, variables: "", options };
}

interface Read {
  readonly events: readonly string[];
  readonly output: Uint8Array;
  readonly rest: Uint8Array;
  readonly preamble: string;
}

/** Reads chunks; `events` are all but the output, in order. */
function read(chunks: readonly Uint8Array[], options: WrapOptions): Read {
  const reader = createReplyReader(wrapped(options));
  const all: ReplyEvent[] = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  return {
    events: all.flatMap((event) =>
      event.kind === "output" || event.kind === "stderr"
        ? []
        : event.kind === "ready"
        ? [`ready ${JSON.stringify(event.capabilities)}`]
        : event.kind === "status"
        ? [`status ${event.status}`]
        : event.kind === "input_left"
        ? [`input_left ${event.bytes}`]
        : [event.kind]
    ),
    output: new Uint8Array(
      Buffer.concat(
        all.flatMap((event) => event.kind === "output" ? [event.bytes] : []),
      ),
    ),
    rest: new Uint8Array(reader.flush()),
    preamble: reader.preamble(),
  };
}

const anyStatus = fc.nat({ max: 255 });
const anyText = fc.string({ unit: "grapheme" }).map((text) =>
  `${text}\ufffd\n`
);
const ready = (stty: boolean, base64: boolean) =>
  `ready ${JSON.stringify({ stty, base64, dd: base64, uniq: base64 })}`;

function encode(bytes: Uint8Array, atOnce: number): Uint8Array {
  return Buffer.from(encodeLines(1, bytes, atOnce).join(""));
}

Deno.test("encoded: any bytes and the status come through any chunks", () => {
  fc.assert(
    fc.property(
      anyProgramOutput,
      anyStatus,
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      anyCuts,
      (bytes, status, atOnce, stty, cuts) => {
        const encoded = encode(
          Buffer.concat([bytes, wordBytes(String(status))]),
          atOnce,
        );
        const wire = Buffer.concat([
          readyBytes(stty ? "rsbdu" : "rbdu"),
          Buffer.from(stty ? "" : "\r\n"),
          wordBytes("o"),
          stty ? encoded : addCarriageReturns(encoded),
        ]);
        const { events, output, rest } = read(cut(wire, cuts), {
          ...PLAIN,
          binary: true,
        });
        assert.deepEqual(events, [
          ready(stty, true),
          "started",
          `status ${status}`,
        ]);
        assert.deepEqual(output, bytes);
        assert.equal(rest.length, 0);
      },
    ),
    propertyRuns(),
  );
});

for (const stty of [true, false]) {
  Deno.test(`text ${stty ? "with" : "without"} stty: as the program wrote it, in any chunks`, () => {
    fc.assert(
      fc.property(anyText, anyStatus, anyCuts, (text, status, cuts) => {
        const bytes = new Uint8Array(Buffer.from(text));
        const written = damageReplacements(
          stty ? bytes : addCarriageReturns(bytes),
        );
        const wire = Buffer.concat([
          readyBytes(stty ? "rs" : "r"),
          Buffer.from(stty ? "" : "\r\n"),
          wordBytes("o"),
          written,
          wordBytes(String(status)),
          Buffer.from("what the terminal says behind the end"),
        ]);
        const { events, output } = read(cut(wire, cuts), PLAIN);
        assert.deepEqual(events, [
          ready(stty, false),
          "started",
          `status ${status}`,
        ]);
        assert.deepEqual(output, bytes);
      }),
      propertyRuns(),
    );
  });
}

Deno.test("interactive: every byte as it is, lookalikes too", () => {
  fc.assert(
    fc.property(anyProgramOutput, anyStatus, anyCuts, (bytes, status, cuts) => {
      const wire = Buffer.concat([
        readyBytes("r"),
        Buffer.from("\r\n"),
        wordBytes("o"),
        bytes,
        wordBytes(String(status)),
      ]);
      const { events, output } = read(cut(wire, cuts), {
        ...PLAIN,
        interactive: true,
      });
      assert.deepEqual(events, [
        ready(false, false),
        "started",
        `status ${status}`,
      ]);
      assert.deepEqual(output, bytes);
    }),
    propertyRuns(),
  );
});

Deno.test("a session that breaks off: what came is given out, and there is no status", () => {
  fc.assert(
    fc.property(anyProgramOutput, anyCuts, (bytes, cuts) => {
      const wire = Buffer.concat([readyBytes("r"), wordBytes("o"), bytes]);
      const { events, output, rest } = read(cut(wire, cuts), {
        ...PLAIN,
        interactive: true,
      });
      assert.deepEqual(events, [ready(false, false), "started"]);
      assert.deepEqual(new Uint8Array(Buffer.concat([output, rest])), bytes);
    }),
    propertyRuns(0.5),
  );
});

Deno.test("an encoded session that breaks off anywhere gives out what it may, and never throws", () => {
  for (const options of [{ binary: true }, { splitStderr: true }]) {
    const wire = Buffer.concat([
      readyBytes("rsbdu"),
      wordBytes("o"),
      encode(Buffer.from("abcdef"), 3),
      wordBytes("z"),
    ]);
    for (let length = 0; length < wire.length; length++) {
      const { output, rest } = read([wire.subarray(0, length)], {
        ...PLAIN,
        ...options,
      });
      assert.ok("abcdef".startsWith(Buffer.from(output).toString()));
      assert.equal(rest.length, 0);
    }
  }
});

Deno.test("a shell that cannot start says so in the preamble", () => {
  const said = "sh: 1: Syntax error\r\n";
  const { events, preamble, output } = read([Buffer.from(said)], PLAIN);
  assert.deepEqual(events, []);
  assert.equal(preamble, said);
  assert.equal(output.length, 0);
});

Deno.test("a preamble without an end is not kept whole", () => {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const { preamble } = read(Array(50).fill(chunk), PLAIN);
  assert.ok(preamble.length <= 128 * 1024);
});

Deno.test("words out of their turn mean nothing", () => {
  const before = read([wordBytes("0"), wordBytes("o"), wordBytes("7")], PLAIN);
  assert.deepEqual(before.events, []);
  const after = read(
    [
      readyBytes("rs"),
      wordBytes("0"),
      wordBytes("o"),
      readyBytes("rsbdu"),
      ...["o", "3", "0"].map(wordBytes),
    ],
    PLAIN,
  );
  assert.deepEqual(after.events, [ready(true, false), "started", "status 3"]);
  // What carries the nonce, which everybody can read, is output once the wrapper was ready.
  assert.equal(Buffer.from(after.output).toString(), `\x1e${NONCE}:rsbdu\x1e`);
});

Deno.test("foreign text in an encoded stream is told apart, and inside a line it is damage", () => {
  const line = encode(Buffer.from("hello"), 5);
  const message = Buffer.from("Broadcast message from root!\n");
  const wire = (...parts: Uint8Array[]) => [
    readyBytes("rsbdu"),
    wordBytes("o"),
    ...parts,
    encode(wordBytes("0====="), 100),
  ];
  const options = { ...PLAIN, binary: true };
  const between = read(wire(message, line, message), options);
  assert.deepEqual(between.events.slice(2), ["foreign", "foreign", "status 0"]);
  assert.equal(Buffer.from(between.output).toString(), "hello");
  const ends = read(wire(Buffer.from("\r\n"), line), options);
  assert.deepEqual(ends.events.slice(2), ["status 0"]);
  assert.throws(
    () => read(wire(line.subarray(0, 12), message, line.subarray(12)), options),
    Base64Damage,
  );
});

Deno.test("with stderr apart the status is told once both streams are through", () => {
  const options = { ...PLAIN, splitStderr: true };
  const status = Buffer.from(encodeLines(1, wordBytes("3====="), 99).join(""));
  const through = Buffer.from(encodeLines(2, wordBytes("z====="), 99).join(""));
  const start = [readyBytes("rsbdu"), wordBytes("o")];
  for (const [first, second] of [[status, through], [through, status]]) {
    assert.deepEqual(read([...start, first!], options).events.length, 2);
    assert.deepEqual(
      read([...start, first!, second!], options).events.slice(2),
      ["status 3"],
    );
  }
});

Deno.test("input that did not arrive as it was sent is told at once", () => {
  assert.deepEqual(
    read([readyBytes("rs"), wordBytes("o"), wordBytes("i")], PLAIN).events
      .slice(2),
    ["input_broken"],
  );
});

Deno.test("what a command has left of its input is told before its status or behind it", () => {
  const start = [readyBytes("rs"), wordBytes("o")];
  for (
    const [word, told] of [["u", "all"], ["w0", "0"], ["w 65536", "65536"]]
  ) {
    const left = wordBytes(word!);
    for (const words of [[left, wordBytes("7")], [wordBytes("7"), left]]) {
      assert.deepEqual(
        read([...start, ...words], PLAIN).events.slice(2).sort(),
        [`input_left ${told}`, "status 7"],
      );
    }
  }
  assert.deepEqual(
    read([readyBytes("rs"), wordBytes("u"), wordBytes("o")], PLAIN).events
      .length,
    2,
  );
});

Deno.test("live output is not held back", () => {
  const reader = createReplyReader(wrapped(PLAIN));
  reader.push(readyBytes("rs"));
  reader.push(wordBytes("o"));
  for (const text of ["a", "b\n", "prompt$ ", "é", "\ufffdx"]) {
    assert.deepEqual(
      reader.push(damageReplacements(Buffer.from(text))).map((event) =>
        event.kind === "output" ? Buffer.from(event.bytes).toString() : "?"
      ),
      [text],
    );
  }
});

Deno.test("Docker's report is why a command on its host did not start, whichever stream it came in", () => {
  const report =
    'OCI runtime exec failed: exec failed: exec: "nope": executable file not found in $PATH: unknown\n';
  const reasons = (
    options: Partial<WrapOptions>,
    text: string,
    last: readonly string[],
  ) => {
    const reader = createReplyReader(wrapped({ ...PLAIN, ...options }));
    return [
      readyBytes("rsbdu"),
      wordBytes("o"),
      Buffer.from(text),
      ...last.map(wordBytes),
    ].flatMap((part) => reader.push(part)).slice(2).map((event) =>
      event.kind === "start_failed" ? event.reason : event.kind
    );
  };
  const host = { onDockerHost: true };
  const line = (stream: 1 | 2) =>
    encodeLines(stream, Buffer.from(report), 999).join("");
  const split = { ...host, splitStderr: true };
  assert.deepEqual(reasons(host, report, ["126"]), [report.trimEnd()]);
  assert.deepEqual(reasons(split, line(1), ["126", "z"]), [report.trimEnd()]);
  assert.deepEqual(reasons(split, line(2), ["127", "z"]), [report.trimEnd()]);
  // Elsewhere, or with another status, it is the command's own output.
  assert.deepEqual(reasons({}, report, ["126"]), ["output", "status"]);
  assert.deepEqual(reasons(host, report, ["1"]), ["output", "status"]);
});
