import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import type { CapturedOutput } from "../../src/output/encode_output.ts";
import {
  type ExecResult,
  formatFailure,
  formatResult,
} from "../../src/output/format_result.ts";

const encoder = new TextEncoder();

const WHOLE: ExecResult = {
  cluster: "default",
  service: "web",
  task: "0123456789abcdef0123456789abcdef",
  container: "app",
  runtimeId: "0123456789abcdef0123456789abcdef-1",
  region: "us-east-1",
  account: "123456789012",
  profile: "prod",
  route: { kind: "ecs_exec", because: "the task was started with ECS Exec" },
  carrier: "builtin",
  sessionId: "ecs-execute-command-1",
  command: "ls -la",
  status: 7,
  startedAt: new Date("2023-01-01T12:00:00Z"),
  endedAt: new Date("2023-01-01T12:00:01.5Z"),
  bytes: { in: 1, out: 2 },
};

function output(parts: Partial<CapturedOutput> = {}): CapturedOutput {
  return { stdout: encoder.encode("hi\n"), truncated: false, ...parts };
}

/** The keys that hold what the command wrote. */
function readOutput(captured: CapturedOutput): unknown {
  const { output, stderr, output_encoding, truncated } = JSON.parse(
    formatResult({}, captured),
  );
  return [output, stderr, output_encoding, truncated];
}

Deno.test("a result is one line with these keys in this order", () => {
  assert.equal(
    formatResult(WHOLE, output()),
    '{"cluster":"default","service":"web","task":"0123456789abcdef0123456789abcdef",' +
      '"container":"app","runtime_id":"0123456789abcdef0123456789abcdef-1",' +
      '"region":"us-east-1","account":"123456789012","profile":"prod","route":{"kind":"ecs_exec","because":"the task was started with ECS Exec"},' +
      '"carrier":"builtin","session_id":"ecs-execute-command-1","command":"ls -la","status":7,' +
      '"started_at":"2023-01-01T12:00:00.000Z","ended_at":"2023-01-01T12:00:01.500Z",' +
      '"bytes":{"in":1,"out":2},"output":"hi\\n","output_encoding":"utf-8","truncated":false}\n',
  );
});

Deno.test("without output its keys are missing", () => {
  const keys = Object.keys(JSON.parse(formatResult(WHOLE)));
  for (const key of ["output", "output_encoding", "truncated", "stderr"]) {
    assert.ok(!keys.includes(key));
  }
  assert.equal(keys.length, 16);
});

Deno.test("a failure tells what was known by then", () => {
  const error = new PortholeError("no_running_task", "Cannot do it: none", {
    hint: "start one",
  });
  const result = JSON.parse(
    formatResult({ cluster: "default", error, status: 125 }, output()),
  );
  assert.equal(result.cluster, "default");
  assert.equal(result.task, null);
  assert.equal(result.status, 125);
  assert.deepEqual(result.error, {
    code: "no_running_task",
    message: "Cannot do it: none",
    hint: "start one",
  });
});

Deno.test("a failure before all has every key too", () => {
  const error = new PortholeError("usage", "Cannot do it: what?");
  const failed = JSON.parse(formatFailure(error, 125));
  const { error: told, ...rest } = failed;
  assert.deepEqual(
    Object.keys(rest),
    Object.keys(JSON.parse(formatResult(WHOLE, output()))),
  );
  assert.deepEqual([told.code, failed.status, failed.output], [
    "usage",
    125,
    "",
  ]);
});

Deno.test("output that is no UTF-8 comes as base64, both streams alike", () => {
  assert.deepEqual(readOutput(output({ stdout: Uint8Array.of(0xff, 0) })), [
    "/wA=",
    undefined,
    "base64",
    false,
  ]);
  assert.deepEqual(
    readOutput(output({ stderr: Uint8Array.of(0xff) })),
    ["aGkK", "/w==", "base64", false],
  );
  assert.deepEqual(
    readOutput(output({ stderr: encoder.encode("é") })),
    ["hi\n", "é", "utf-8", false],
  );
});

Deno.test("text stays what it is: NUL, a byte order mark, a replacement character", () => {
  const text = "\ufeffa\0b\ufffd\u2028é🐚\r\n";
  assert.deepEqual(readOutput(output({ stdout: encoder.encode(text) })), [
    text,
    undefined,
    "utf-8",
    false,
  ]);
});

Deno.test("a character that was cut off does not make binary of a text", () => {
  for (const mark of ["é", "日", "🐚"]) {
    const bytes = encoder.encode(`a${mark}`);
    for (let length = 1; length < bytes.length; length++) {
      const stdout = bytes.subarray(0, length);
      assert.deepEqual(readOutput(output({ stdout, truncated: true })), [
        "a",
        undefined,
        "utf-8",
        true,
      ]);
    }
    assert.deepEqual(
      readOutput(output({ stdout: bytes, truncated: true })),
      [`a${mark}`, undefined, "utf-8", true],
    );
  }
  // Not cut, so it was like that.
  assert.deepEqual(readOutput(output({ stdout: Uint8Array.of(97, 0xc3) })), [
    "YcM=",
    undefined,
    "base64",
    false,
  ]);
});
