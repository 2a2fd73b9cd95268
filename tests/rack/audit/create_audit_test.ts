import assert from "node:assert/strict";
import { countBadTokens } from "../../../src/rack/audit/count_bad_tokens.ts";
import {
  createAudit,
  formatEntry,
} from "../../../src/rack/audit/create_audit.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import { Refusal } from "../../../src/rack/refusal.ts";

const TIME = new Date("2026-01-02T03:04:05Z");

/** A standard output whose writes end when the test says so. */
function openStdout() {
  const lines: string[] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  return {
    lines,
    waiting,
    stdout: {
      isTerminal: false,
      writeText: () => {},
      write: (bytes: Uint8Array) => {
        lines.push(new TextDecoder().decode(bytes));
        const written = Promise.withResolvers<void>();
        waiting.push(written);
        return written.promise;
      },
    },
  };
}

/** A time limit that never comes. */
const untilAborted = (_: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) =>
    signal?.addEventListener("abort", () => resolve())
  );

Deno.test("a line is written before the write resolves, one after the other", async () => {
  const { lines, waiting, stdout } = openStdout();
  const audit = createAudit({
    stdout,
    now: () => TIME,
    sleep: untilAborted,
  });
  let done = 0;
  const writes = ["a", "b"].map((user) =>
    audit.write({ event: "open", user }).then(() => done++)
  );
  await Promise.resolve();
  assert.equal(lines.length, 1);
  assert.equal(done, 0);
  waiting[0]!.resolve();
  await writes[0];
  assert.equal(done, 1);
  waiting[1]!.resolve();
  await writes[1];
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { time: TIME.toISOString(), event: "open", user: "a" },
    { time: TIME.toISOString(), event: "open", user: "b" },
  ]);
});

Deno.test("a reader that stalls or is gone: 503, and what was not done is not told later", async () => {
  const { lines, waiting, stdout } = openStdout();
  const late: (() => void)[] = [];
  const audit = createAudit({
    stdout,
    now: () => TIME,
    sleep: (ms, signal) => {
      assert.equal(ms, 5_000);
      return new Promise((resolve) => {
        late.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      });
    },
  });
  const isRefused = (error: Refusal) =>
    error.status === 503 &&
    error.message === "the audit cannot be written, no session is opened";
  const first = audit.write({ event: "open", user: "a" });
  const second = audit.write({ event: "open", user: "b" });
  for (const wake of late) wake();
  await assert.rejects(first, isRefused);
  await assert.rejects(second, isRefused);
  waiting[0]!.resolve();
  const third = audit.write({ event: "open", user: "c" });
  while (waiting.length < 2) await Promise.resolve();
  waiting[1]!.reject(new Error("broken pipe"));
  await assert.rejects(third, isRefused);
  assert.deepEqual(lines.map((line) => JSON.parse(line).user), ["a", "c"]);
});

Deno.test("a thousand lines wait for one that is being written, and no more", async () => {
  const { lines, waiting, stdout } = openStdout();
  const audit = createAudit({
    stdout,
    now: () => TIME,
    sleep: untilAborted,
  });
  const write = () => audit.write({ event: "open" });
  const writes = Array.from({ length: 1_001 }, write);
  await assert.rejects(write(), Refusal);
  for (let at = 0; at < writes.length; at++) {
    while (waiting.length <= at) await Promise.resolve();
    waiting[at]!.resolve();
  }
  await Promise.all(writes);
  assert.equal(lines.length, 1_001);
});

Deno.test("no line is longer than 16 000 bytes, whatever it tells", () => {
  const long = "é".repeat(20_000);
  const texts: AuditEntry[] = [
    { event: "open", command: "x".repeat(8_192) },
    { event: "open", command: "x".repeat(8_193) },
    // Short, and six bytes each in JSON.
    { event: "open", command: "\u0001".repeat(8_000) },
    {
      event: "open",
      command: long,
      error: long,
      because: long,
      parameters: long,
    },
  ];
  const lines = texts.map((entry) => formatEntry(entry, TIME));
  for (const line of lines) {
    assert.ok(new TextEncoder().encode(`${line}\n`).length <= 16_000);
    assert.ok(!line.includes("\n"));
  }
  const [kept, ...cut] = lines.map((line) => JSON.parse(line));
  assert.equal(kept.command.length, 8_192);
  for (const one of cut) {
    assert.equal(one.command, undefined);
    assert.match(one.command_sha256, /^[0-9a-f]{64}$/);
  }
  assert.equal(cut[0].command_length, 8_193);
});

Deno.test("bad tokens are counted: a line an address and second", async () => {
  const written: AuditEntry[] = [];
  const over = new AbortController();
  let wake = () => {};
  const count = countBadTokens(
    {
      write: (entry) => {
        written.push(entry);
        return Promise.resolve();
      },
    },
    { sleep: () => new Promise((resolve) => wake = resolve) },
    over.signal,
  );
  for (const address of ["1.1.1.1", "2.2.2.2", "1.1.1.1"]) count(address);
  for (let at = 0; at < 2_000; at++) count(`3.3.3.${at}`);
  wake();
  await new Promise((resolve) => setTimeout(resolve));
  const counts = new Map(written.map(({ address, count }) => [address, count]));
  assert.equal(counts.get("1.1.1.1"), 2);
  assert.equal(counts.get("2.2.2.2"), 1);
  assert.equal(counts.size, 1_001);
  assert.equal(counts.get("others"), 2_000 - 998);
});
