import assert from "node:assert/strict";
import { type ApiAnswer, serveApi } from "../aws/api_server.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";

const MIB = 1024 * 1024;
/** What the program may ever have in memory. */
const MOST_MEMORY = 250 * MIB;

const encoder = new TextEncoder();

/**
 * Runs an exec that lists the services of a cluster, with an API that answers with `answer`. `peak` is
 * the most memory that was seen in use, where the system tells.
 */
async function listServices(
  porthole: Porthole,
  answer: (count: number) => ApiAnswer,
) {
  let count = 0;
  const api = serveApi(() => answer(++count));
  const running = porthole.start(["exec", "--no-input", "--", "true"], {
    env: {
      AWS_ACCESS_KEY_ID: "AKID",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: api.endpoint,
    },
  });
  let peak = 0;
  const looking = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${running.pid}/status`);
      peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      // It has ended, or the system has no such file.
    }
  }, 10);
  const result = await running.result;
  clearInterval(looking);
  void api.close();
  return { ...result, peak, count };
}

function json(body: BodyInit, more: Record<string, string> = {}): Response {
  return new Response(body, {
    headers: { "content-type": "application/x-amz-json-1.1", ...more },
  });
}

async function makeBomb(): Promise<Uint8Array<ArrayBuffer>> {
  const blanks = new Uint8Array(MIB).fill(0x20);
  let left = 1_000;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(blanks);
      else controller.close();
    },
  });
  return await new Response(
    stream.pipeThrough(new CompressionStream("gzip")),
  ).bytes();
}

const bomb = await makeBomb();
const names = JSON.stringify({
  serviceArns: Array.from(
    { length: 1_000_000 },
    (_, index) => `arn:aws:ecs:us-east-1:1:service/default/web-${index}`,
  ),
});
const endless = () =>
  new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)),
  });

const answers: readonly [string, (count: number) => ApiAnswer, RegExp][] = [
  [
    "is a bomb",
    () => json(bomb, { "content-encoding": "gzip" }),
    /it is longer than 4 MiB/,
  ],
  ["has no end", () => json(endless()), /it is longer than 4 MiB/],
  ["names a million services", () => json(names), /it is longer than 4 MiB/],
  [
    "names the same page twice",
    () => ({ serviceArns: ["arn:x:service/default/web"], nextToken: "again" }),
    /it names the same page twice/,
  ],
];

for (const [name, answer, reason] of answers) {
  testPorthole(`an answer that ${name} is refused`, async (porthole) => {
    const { status, stderr, peak } = await listServices(porthole, answer);
    assert.equal(status, 125, stderr);
    assert.match(stderr, reason);
    // From source there is Deno's own compiler beside it.
    if (porthole.variant === "binary") {
      assert.ok(peak < MOST_MEMORY, `${peak / MIB} MiB`);
    }
  });
}

testPorthole(
  "an answer that is cut in the middle is asked for again",
  async (porthole) => {
    const cut = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(encoder.encode('{"serviceArns":'));
          setTimeout(() => controller.error(new Error("cut")), 10);
        },
      });
    const { stderr, count } = await listServices(
      porthole,
      (count) =>
        count === 1
          ? json(cut())
          : { serviceArns: ["arn:x:service/default/web"] },
    );
    assert.equal(count, 2);
    assert.match(stderr, /^hint: cluster "default" has: web$/m);
  },
);

testPorthole(
  "an answer that stops is not waited for without end",
  async (porthole) => {
    const stalled = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue(encoder.encode("{")),
      });
    const start = performance.now();
    const { status, stderr } = await listServices(
      porthole,
      () => json(stalled()),
    );
    const seconds = (performance.now() - start) / 1_000;
    assert.equal(status, 125);
    assert.match(stderr, /its answer stopped for 20 s$/m);
    assert.ok(seconds >= 20 && seconds < 40, `${seconds} s`);
  },
  { long: true },
);

testPorthole(
  "a terminal is told what is waited for, and nobody else",
  async (porthole) => {
    const api = serveApi(async () => {
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return { serviceArns: [] };
    });
    const env = {
      AWS_ACCESS_KEY_ID: "AKID",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: api.endpoint,
    };
    const args = ["exec", "--no-input", "--", "true"];
    const told = /Waiting for AWS: ECS ListServices, attempt 1, no answer yet/;
    const loud = porthole.openPty(args, { env });
    const piped = porthole.run(args, { env });
    const hushed = porthole.openPty(
      ["exec", "-q", "--no-input", "--", "true"],
      {
        env,
      },
    );
    await loud.waitFor(told);
    await Promise.all([loud.exit, hushed.exit]);
    assert.doesNotMatch(hushed.output, told);
    assert.doesNotMatch((await piped).stderr, told);
    await api.close();
  },
  { long: true },
);
