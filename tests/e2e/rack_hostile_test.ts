import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { makeRackFrame } from "../sandbox/rack_frames.ts";
import type { RackFaults, RackOptions } from "../sandbox/rack_options.ts";
import { seedRandom } from "../sandbox/seeded_random.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { startCli } from "./start_cli.ts";

const MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:0\n";
const LINES = Array.from({ length: 500 }, (_, at) => `${at + 1}\n`).join("");

const sandbox = await startSandbox({ unsignedUpgrades: true });
Deno.test.afterAll(() => sandbox.close());

/** Runs a command over a rack of its own, in this process. */
async function exec(
  options: Partial<RackOptions>,
  command = "seq 500; exit 7",
) {
  const rack = startRack(sandbox, options);
  try {
    const env = { PORTHOLE_RACK: rack.secretUrl };
    const cli = startCli({ env } as unknown as Sandbox, [
      "exec",
      "default/worker",
      "--command",
      command,
    ]);
    const status = await cli.status;
    return { status, stdout: cli.stdout(), stderr: cli.stderr() };
  } finally {
    await rack.close();
  }
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    sanitizeOps: false,
    sanitizeResources: false,
    fn: body,
  });
}

/** Nothing that comes from a rack acts on a terminal. */
function assertTame(text: string): void {
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
}

for (
  const [name, faults] of [
    ["without a marker", { marker: "none" }],
    ["with a marker in two messages", { marker: "split" }],
    ["a byte a message", { messageBytes: 1 }],
  ] satisfies readonly (readonly [string, RackFaults])[]
) {
  test(`output ${name}: the status is our own`, async () => {
    const { status, stdout, stderr } = await exec({ faults });
    assert.deepEqual([status, stdout], [7, LINES], stderr);
  });
}

test("a program that prints Convox's marker ends nothing", async () => {
  const { status, stdout } = await exec(
    {},
    `printf '${MARKER.trimEnd()}\\n'; echo more; exit 3`,
  );
  assert.deepEqual([status, stdout], [3, `${MARKER}more\n`]);
});

test("a rack's warning is on stderr, escaped, and no output", async () => {
  const { status, stdout, stderr } = await exec({
    faults: {
      before:
        "\r\nWARNING: task was started before ECS Exec was enabled \x1b[2J\r\n",
    },
  });
  assert.deepEqual([status, stdout], [7, LINES]);
  assert.match(stderr, /\[warn\] .*The rack: task was started before ECS Exec/);
  assertTame(stderr);
});

for (const cutAfter of [0, 1, 500, 1_000, 2_000]) {
  test(`a line that is dropped after ${cutAfter} bytes: 125, and a prefix`, async () => {
    const { status, stdout, stderr } = await exec({ faults: { cutAfter } });
    assert.equal(status, 125, stderr);
    assert.ok(LINES.startsWith(stdout));
    assertTame(stderr);
  });
}

const longText = (text: string) => Buffer.from(text);
const end = makeRackFrame(2, new Uint8Array(0));
const hugeHead = Buffer.from([0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0]);

for (
  const [name, frames, says] of [
    [
      "an error without a marker",
      Buffer.concat([
        makeRackFrame(1, longText("ERROR: no running \x1b[31mcontainer\n")),
        end,
      ]),
      /error: no running .*container/,
    ],
    [
      "the refusal of Fargate",
      Buffer.concat([
        makeRackFrame(
          1,
          longText(
            "ERROR: cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy\n",
          ),
        ),
        end,
      ]),
      /error: cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy/,
    ],
    [
      "a marker of 0 at once",
      Buffer.concat([makeRackFrame(1, longText(MARKER)), end]),
      /before it began/,
    ],
    ["an end at once", end, /before it began/],
    ["a close at once", makeRackFrame(8, new Uint8Array(0)), /error: /],
    ["a frame of 16 MiB", hugeHead, /error: /],
    ["a masked frame", Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), /error: /],
    ["noise", Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), /error: /],
    [
      "a hand-off that is cut",
      Buffer.concat([makeRackFrame(1, longText('\0{"sessionId":')), end]),
      /hands off: its end is missing/,
    ],
    [
      "a hand-off without end",
      Buffer.concat(
        Array.from(
          { length: 70 },
          () => makeRackFrame(1, Buffer.alloc(1_000)),
        ),
      ),
      /longer than 64 KiB/,
    ],
  ] as const
) {
  test(`${name}: 125, and nothing printed`, async () => {
    const { status, stdout, stderr } = await exec({ faults: { frames } });
    assert.deepEqual([status, stdout], [125, ""], stderr);
    assert.match(stderr, says);
    assertTame(stderr);
  });
}

const head = (status: string, more = "") =>
  longText(`HTTP/1.1 ${status}\r\n${more}\r\n`);

for (
  const [name, answer, says] of [
    [
      "a redirect",
      head(
        "302 Found",
        "Location: http://127.0.0.1:1/\r\nContent-Length: 0\r\n",
      ),
      /redirects are not followed/,
    ],
    ["JSON without end", "endless", /longer than 4 MiB/],
    ["a page", head("200 OK", "Content-Length: 6\r\n") + "<html>", /not JSON/],
    [
      "a wrong shape",
      head("200 OK", "Content-Length: 2\r\n") + "[]",
      /not what a rack/,
    ],
    [
      "a refusal with escapes",
      head("500 X", "Content-Length: 9\r\n") + "no\x1b[2J\x07!\n",
      /error: no/,
    ],
    ["no HTTP", longText("SSH-2.0-x\r\n"), /not HTTP|closed/],
  ] as const
) {
  test(`${name} in the place of an answer: 125`, async () => {
    const bytes = answer === "endless" || typeof answer !== "string"
      ? answer
      : longText(answer);
    const { status, stdout, stderr } = await exec({
      faults: { answer: () => bytes },
    });
    assert.deepEqual([status, stdout], [125, ""], stderr);
    assert.match(stderr, says);
    assertTame(stderr);
  });
}

test("names with escapes do not act on the terminal", async () => {
  const { status, stderr } = await exec({
    faults: {
      answer: (request) => {
        if (!request.endsWith("/processes")) return undefined;
        const body = JSON.stringify([{
          id: "a\x1b[2J",
          name: "worker",
          status: "running",
        }]);
        return longText(
          `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      },
    },
  });
  assert.equal(status, 125);
  assertTame(stderr);
});

for (
  const [name, change] of [
    ["another host", { streamUrl: "wss://evil.example.com/v1/x" }],
    ["an empty token", { tokenValue: "" }],
    ["another region's shape", { region: "../x" }],
    ["another session", { sessionId: "ecs-execute-command-other" }],
  ] as const
) {
  test(`a hand-off with ${name}: 125, nothing dialed`, async () => {
    const before = sandbox.events().filter(({ kind }) => kind === "joined");
    const { status, stdout, stderr } = await exec({
      handsOff: true,
      faults: { handoff: (right) => ({ ...right, ...change }) },
    });
    assert.deepEqual([status, stdout], [125, ""], stderr);
    assert.match(stderr, /Cannot use the session that rack/);
    const after = sandbox.events().filter(({ kind }) => kind === "joined");
    assert.equal(after.length, before.length);
  });
}

test("a hand-off in single bytes is one", async () => {
  const { status, stdout, stderr } = await exec({
    handsOff: true,
    faults: {
      handoffBytes: 1,
      // What ends an object within it does not end the hand-off.
      handoff: (right) => ({ more: { even: {} }, ...right }),
    },
  });
  assert.deepEqual([status, stdout], [7, LINES], stderr);
});

/** A line with a few faults, drawn. */
function drawFaults(seed: number): Partial<RackOptions> {
  const random = seedRandom(seed, "rack");
  const draw = (most: number) => Math.floor(random() * most);
  const handsOff = draw(3) === 0;
  const [marker] = [["none", "split", undefined] as const].map((all) =>
    all[draw(3)]
  );
  return {
    handsOff,
    faults: {
      ...(marker === undefined ? {} : { marker }),
      ...(draw(2) === 0 ? { cutAfter: draw(4_000) } : {}),
      ...(draw(2) === 0 ? { messageBytes: 1 + draw(200) } : {}),
      ...(draw(4) === 0 ? { before: `WARNING: ${draw(9)}\r\n` } : {}),
      ...(draw(2) === 0 ? { handoffBytes: 1 + draw(40) } : {}),
      ...(draw(3) === 0 ? { handoffCut: 1 + draw(60) } : {}),
      ...(draw(6) === 0
        ? {
          handoff: (right) => ({
            ...right,
            [["sessionId", "streamUrl", "tokenValue", "region"][draw(4)]!]: "",
          }),
        }
        : {}),
      ...(draw(12) === 0
        ? { frames: Buffer.from(Array.from({ length: 64 }, () => draw(256))) }
        : {}),
    },
  };
}

const SEEDS = Deno.env.get("PORTHOLE_TEST_LONG") === "1" ? 200 : 40;

test(`${SEEDS} seeded faults of the wire: right bytes and status, or 125`, async () => {
  for (let seed = 1; seed <= SEEDS; seed += 4) {
    await Promise.all([0, 1, 2, 3].map(async (more) => {
      const { status, stdout, stderr } = await exec(drawFaults(seed + more));
      const told = `seed ${seed + more}, status ${status}:\n${stderr}`;
      if (status === 7) return assert.equal(stdout, LINES, told);
      assert.equal(status, 125, told);
      assert.ok(LINES.startsWith(stdout), told);
    }));
  }
});
