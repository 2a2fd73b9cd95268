import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { PortholeError } from "../../src/errors.ts";
import type { SessionEnd } from "../../src/session/session.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type {
  MalformedFrame,
  SandboxOptions,
} from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { drawFaultMix, type FaultMix } from "./fault_mix.ts";
import { startInProcess } from "./open_in_process.ts";
import {
  forEachVariant,
  type Porthole,
  type Result,
  startProgram,
  testPorthole,
} from "./run_porthole.ts";
import { tellingPid, watchMemory } from "./watch_memory.ts";

async function withSandbox<T>(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  const sandbox = await startSandbox(options);
  try {
    return await body(sandbox);
  } finally {
    await sandbox.close();
  }
}

// --- bad lines

const RUNS = Deno.env.get("PORTHOLE_TEST_LONG") === "1" ? 500 : 100;
const FIRST_SEED = Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? 1);
/** They mostly wait: for a lost frame to come again, or for the agent to give up. */
const AT_ONCE = 8;

interface FaultRun {
  readonly end: SessionEnd | "never";
  readonly output: Uint8Array;
  /** Frames that the agent has stopped to send again. */
  readonly givenUp: number;
}

/** Prints a file and then its input. */
function writeCommand(sandbox: Sandbox, mix: FaultMix): readonly string[] {
  const file = `${sandbox.directory}/printed`;
  Deno.writeFileSync(file, mix.printed);
  return ["sh", "-c", 'cat "$1"; cat; exit "$2"', "sh", file, `${mix.status}`];
}

function runMix(mix: FaultMix): Promise<FaultRun> {
  return withSandbox(mix.faults, async (sandbox) => {
    const words = writeCommand(sandbox, mix);
    const run = await startInProcess(sandbox, { ...mix, words });
    const [end, output] = await Promise.all([run.end, run.output]);
    return {
      end,
      output,
      givenUp: sandbox.sessions()[0]?.unacknowledged ?? 0,
    };
  });
}

/** What is wrong with a run; undefined where nothing is. */
function findMistake(
  mix: FaultMix,
  { end, output, givenUp }: FaultRun,
): string | undefined {
  if (end === "never") return "it did not end";
  const expected = Buffer.concat([mix.printed, mix.input ?? new Uint8Array()]);
  const amount = `${output.length} of ${expected.length} bytes`;
  switch (end.kind) {
    case "status":
      if (end.status !== mix.status) {
        return `status ${end.status}, not ${mix.status}`;
      }
      return expected.equals(output) ? undefined : `wrong output: ${amount}`;
    case "unknown":
      return "an end without a reason";
    case "failed":
      if (givenUp === 0) return `the agent lost nothing: ${end.error.message}`;
      return expected.subarray(0, output.length).equals(output)
        ? undefined
        : `wrong output before the failure: ${amount}`;
  }
}

Deno.test(`${RUNS} bad lines: every byte and the status, or a failure that says so`, async () => {
  const mistakes: string[] = [];
  let failures = 0;
  let next = FIRST_SEED;
  async function work(): Promise<void> {
    while (next < FIRST_SEED + RUNS) {
      const seed = next++;
      const mix = drawFaultMix(seed);
      const run = await runMix(mix);
      if (run.end !== "never" && run.end.kind === "failed") failures++;
      const mistake = findMistake(mix, run);
      if (mistake === undefined) continue;
      const faults = JSON.stringify(mix.faults);
      mistakes.push(`PORTHOLE_TEST_SEED=${seed} ${faults}: ${mistake}`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assert.deepEqual(mistakes, []);
  // The agent repairs most lines: were all of the runs failures, the rest would prove nothing.
  assert(failures < RUNS / 4, `${failures} of ${RUNS} runs failed`);
});

for (const seed of [4, 31, 60]) {
  testPorthole(`a bad line, seed ${seed}`, async (porthole) => {
    const mix = drawFaultMix(seed);
    await withSandbox(mix.faults, async (sandbox) => {
      const mode = mix.binary ? "--binary" : "--no-binary";
      const words = writeCommand(sandbox, mix);
      const result = await porthole.run([
        "exec",
        mode,
        "worker",
        "--",
        ...words,
      ], {
        env: sandbox.env,
        ...(mix.input && { stdin: new Uint8Array(mix.input) }),
      });
      if (result.status === 125) {
        return assertExplained(result, /^error: Cannot /m);
      }
      const expected = Buffer.concat([
        mix.printed,
        mix.input ?? new Uint8Array(),
      ]);
      assert(expected.equals(result.stdout), result.stderr);
      assert.equal(result.status, mix.status);
    });
  });
}

function assertExplained({ status, stderr }: Result, reason: RegExp): void {
  assert.match(stderr, reason);
  assert.equal(status, 125);
}

function failureOf(end: SessionEnd | "never"): PortholeError {
  assert(end !== "never" && end.kind === "failed", JSON.stringify(end));
  return end.error;
}

// --- frames that are none

const MALFORMED: Readonly<Record<MalformedFrame["kind"], RegExp>> = {
  digest: /the digest of a "output_stream_data" message does not match/,
  length: /claims to have 2147483647/,
  "header-length": /a header of 4294967280 bytes does not fit/,
  short: /a message of 60 bytes is shorter than its header/,
  text: /a text of 30 characters came where data is due/,
};

for (const [kind, reason] of Object.entries(MALFORMED)) {
  for (const beforeFrame of [0, 2]) {
    Deno.test(`a frame with a wrong ${kind} in place of frame ${beforeFrame} ends the session`, async () => {
      const malformed = { kind: kind as MalformedFrame["kind"], beforeFrame };
      await withSandbox({ malformed }, async (sandbox) => {
        // On a busy machine what is written apart may be read together: there is more of it.
        const line =
          "echo a; for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo b; done; sleep 9";
        const words = ["sh", "-c", line];
        const run = await startInProcess(sandbox, { words });
        const error = failureOf(await run.end);
        assert.equal(error.code, "session_lost");
        assert.match(error.message, /^Cannot read the session's data: /);
        assert.match(error.message, reason);
        assert.match((await run.output).toString(), /^(a\n(b\n)*)?$/);
      });
    });
  }
}

testPorthole(
  "a frame with a wrong digest: 125, and why",
  (porthole) =>
    withSandbox(
      { malformed: { kind: "digest", beforeFrame: 1 } },
      async ({ env }) => {
        const result = await porthole.run(
          ["exec", "worker", "--", "echo", "a"],
          { env },
        );
        assertExplained(
          result,
          /^error: Cannot read the session's data: the digest /m,
        );
        assert.equal(result.text, "");
      },
    ),
);

// --- a line that breaks

/** Runs a command that waits for a file, breaks its line, and does what is to happen then. */
async function breakLine(
  porthole: Porthole,
  sandbox: Sandbox,
  { env = sandbox.env, whileBroken }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly whileBroken?: () => Promise<void>;
  } = {},
): Promise<Result> {
  const file = `${sandbox.directory}/go-on`;
  const script =
    `echo before; while [ ! -e "$1" ]; do sleep 0.05; done; echo after; exit 3`;
  const running = porthole.start(
    ["exec", "worker", "--", "sh", "-c", script, "sh", file],
    { env },
  );
  await running.waitFor("before\n");
  sandbox.dropConnections();
  await whileBroken?.();
  Deno.writeTextFileSync(file, "");
  return await running.result;
}

testPorthole(
  "a broken line is resumed, and the user told",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const result = await breakLine(porthole, sandbox);
      assert.equal(result.text, "before\nafter\n");
      assert.equal(result.status, 3);
      assert.match(
        result.stderr,
        /The connection was lost \(.*\), resuming the session\n/,
      );
      assert.match(result.stderr, /Session resumed\n$/);
    }),
);

testPorthole(
  "credentials that expired in mid-session are fetched anew",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...env } = sandbox.env;
      const fetched = `${sandbox.directory}/fetched`;
      const config = `${sandbox.directory}/aws-config`;
      // About to expire, as the SDK sees it: it asks again before each call.
      const answer = JSON.stringify({
        Version: 1,
        AccessKeyId: AWS_ACCESS_KEY_ID,
        SecretAccessKey: AWS_SECRET_ACCESS_KEY,
        Expiration: new Date(Date.now() + 60_000).toISOString(),
      });
      await Deno.writeTextFile(
        `${sandbox.directory}/fetch`,
        `echo >>'${fetched}'\necho '${answer}'\n`,
      );
      await Deno.writeTextFile(
        config,
        `[default]\ncredential_process = sh '${sandbox.directory}/fetch'\n`,
      );
      const countFetches = () => Deno.readTextFileSync(fetched).length;
      let before = 0;
      const result = await breakLine(porthole, sandbox, {
        env: { ...env, AWS_CONFIG_FILE: config },
        async whileBroken() {
          before = countFetches();
          sandbox.setExpired(true);
          await sandbox.waitFor((one) =>
            one.requests().some(({ operation, answer }) =>
              operation === "ResumeSession" &&
              answer.error === "ExpiredTokenException"
            )
          );
          sandbox.setExpired(false);
        },
      });
      assert.equal(result.text, "before\nafter\n");
      assert.equal(result.status, 3);
      assert(countFetches() > before, `${before} times, and not once more`);
    }),
);

for (
  const [name, options, reason] of [
    ["denied", { deny: ["ssm:ResumeSession"] }, /ssm:ResumeSession/],
    [
      "answered without a token",
      { resume: "none" },
      /AWS has ended the session/,
    ],
    [
      "answered with an empty token",
      { resume: "empty" },
      /AWS has ended the session/,
    ],
  ] as const satisfies readonly [string, Partial<SandboxOptions>, RegExp][]
) {
  Deno.test(`a resumption that is ${name} ends the session at once`, () =>
    withSandbox(options, async (sandbox) => {
      const run = await startInProcess(sandbox, { words: ["sleep", "9"] });
      await sandbox.waitFor((one) => one.sessions()[0]?.state === "running");
      sandbox.dropConnections();
      const error = failureOf(await run.end);
      assert.match(error.message, reason);
      assert.equal(run.waits.length, 1);
    }));
}

Deno.test("a server that is gone for good ends the session within half a minute", async () => {
  const sandbox = await startSandbox();
  const run = await startInProcess(sandbox, {
    words: ["sleep", "9"],
    impatient: true,
  });
  await sandbox.waitFor((one) => one.sessions()[0]?.state === "running");
  await sandbox.close();
  const error = failureOf(await run.end);
  assert.match(error.message, /could not be resumed|refused/);
  const waited = run.waits.reduce((sum, wait) => sum + wait, 0);
  assert(waited > 12_000 && waited < 30_000, `${run.waits}`);
});

// --- AWS's other moods

testPorthole(
  "throttled calls are made again",
  (porthole) =>
    withSandbox({ throttle: 2 }, async ({ env }) => {
      const result = await porthole.run(["exec", "worker", "--", "echo", "a"], {
        env,
      });
      assert.equal(result.text, "a\n");
      assert.equal(result.status, 0);
    }),
);

// The task is looked at every ten seconds, so this is run once.
forEachVariant((porthole) =>
  Deno.test({
    name: "a task that stops in mid-session: 125, and why it stopped",
    ignore: porthole.variant === "binary",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () =>
      withSandbox({}, async (sandbox) => {
        const running = porthole.start(
          ["exec", "worker", "--", "sh", "-c", "echo before; sleep 60"],
          { env: sandbox.env },
        );
        await running.waitFor("before\n");
        const taskId = sandbox.sessions()[0]?.taskId ?? "";
        sandbox.stopTask(taskId, "Scaling activity");
        const result = await running.result;
        const reason = `task ${taskId} is STOPPED \\(Scaling activity\\)`;
        assertExplained(result, new RegExp(`^error: .*${reason}$`, "m"));
        assert.equal(result.text, "before\n");
      }),
  })
);

// --- a porthole that is stopped

testPorthole(
  "a stop of more than a minute loses nothing of what arrived meanwhile",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const running = porthole.start(
        [
          "exec",
          "worker",
          "--",
          "sh",
          "-c",
          "echo up; sleep 2; seq 20; exit 5",
        ],
        { env: sandbox.env },
      );
      await running.waitFor("up\n");
      running.kill("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 71_000));
      running.kill("SIGCONT");
      const { status, text, stderr } = await running.result;
      const lines = Array.from({ length: 20 }, (_, i) => `${i + 1}\n`);
      assert.equal(text, `up\n${lines.join("")}`, stderr);
      assert.equal(status, 5, stderr);
    }),
  { long: true },
);

// --- a reader that is slow

testPorthole(
  "a slow reader gets everything, and porthole stays small",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const file = `${sandbox.directory}/printed`;
      const bytes = crypto.getRandomValues(new Uint8Array(64 * 1024));
      const hash = createHash("sha256");
      using printed = Deno.openSync(file, { write: true, create: true });
      for (let i = 0; i < 160; i++) {
        printed.writeSync(bytes);
        hash.update(bytes);
      }
      const pidFile = `${sandbox.directory}/pid`;
      const running = startProgram(
        [
          "sh",
          "-c",
          '"$@" | { sleep 3; sha256sum; }',
          "sh",
          ...tellingPid(
            pidFile,
            porthole.command(["exec", "-q", "worker", "--", "cat", file]),
          ),
        ],
        { env: sandbox.env },
      );
      using memory = watchMemory(pidFile);
      const { text } = await running.result;
      assert.equal(text, `${hash.digest("hex")}  -\n`);
      assert(memory.peak() > 0 && memory.peak() < 200, `${memory.peak()} MiB`);
    }),
);
