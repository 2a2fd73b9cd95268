import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startProgram, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

const CASES: readonly (readonly [number, readonly string[]])[] = [
  [1, ["logs", "worker", "--since", "24h"]],
  [1, ["logs", "worker", "--since", "24h", "-f", "-o", "json"]],
  [1, ["tasks", "worker", "--watch"]],
  [125, ["forward", "worker", "0:80", "-o", "json"]],
];

for (const [expected, words] of CASES) {
  testPorthole(`a full disk under ${words.join(" ")}`, async (porthole) => {
    const [program, ...args] = porthole.command(words);
    const { status, stderr } = await startProgram(
      ["sh", "-c", '"$@" >/dev/full', "sh", program, ...args],
      { env },
    ).result;
    const [error, ...others] = stderr.split("\n")
      .filter((line) => !/ \[info\] /.test(line));
    assert.match(error!, /^error: Cannot write the output: No space left/);
    assert.deepEqual(others, [""]);
    assert.equal(status, expected);
  });
}

testPorthole(
  "forward -o json whose reader has gone ends, for nobody knows its ports",
  async (porthole) => {
    const [program, ...args] = porthole.command(
      ["forward", "worker", "0:80", "-o", "json"],
    );
    const pipe = `${sandbox.directory}/pipe-${porthole.variant}`;
    const { status, stderr } = await startProgram(
      [
        "sh",
        "-c",
        // Opened for both, a pipe waits for nobody; then its only reader goes.
        'mkfifo "$0"; exec 4<>"$0" 5>"$0" 4<&-; exec "$@" >&5 5>&-',
        pipe,
        program,
        ...args,
      ],
      { env },
    ).result;
    assert.match(stderr, /^error: Cannot write the output: Broken pipe/m);
    assert.equal(status, 125);
  },
);
