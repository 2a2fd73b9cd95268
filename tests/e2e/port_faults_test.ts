import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createAwsAccess } from "../../src/access/aws/create_aws_access.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import { joinGrant } from "../../src/exec/open_client.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { openDataChannel } from "../../src/session/channel/data_channel.ts";
import {
  openPortSession,
  type PortSession,
} from "../../src/session/port/open_port_session.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { seedRandom } from "../sandbox/seeded_random.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { drawFaultMix } from "./fault_mix.ts";
import { startTcpServer } from "./start_tcp_server.ts";

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const RUNS = isLong ? 100 : 12;
const FIRST_SEED = Number(Deno.env.get("PORTHOLE_TEST_SEED") ?? 1);
const AT_ONCE = 6;
const LONGEST_MS = 60_000;
const STREAMS = 3;
const MOST_BYTES = 30_000;

/** What the tests know of a session beside it. */
interface OpenedHere {
  readonly session: PortSession;
  readonly told: readonly string[];
}

let opening: Promise<unknown> = Promise.resolve();

/** Opens a port session as `forward` does, without the program around it; one after the other, for their endpoint. */
function openHere(sandbox: Sandbox, port: number): Promise<OpenedHere> {
  const opened = opening.then(async () => {
    const before = Deno.env.get("AWS_ENDPOINT_URL");
    Deno.env.set("AWS_ENDPOINT_URL", sandbox.url);
    const deps = {
      ...createRealDeps(),
      env: (name: string) => sandbox.env[name],
    };
    const access = createAwsAccess(
      createAws({ ...deps, region: "us-east-1", profile: undefined }),
    );
    const [task] = await access.listTasks("default", "worker");
    const grant = await access.openPort({
      task: task!,
      container: task!.containers[0]!,
      port,
    });
    const told: string[] = [];
    const session = await openPortSession(
      (events) =>
        openDataChannel(
          grant.tokenValue,
          joinGrant(grant, { access, deps, log: { debug() {} } }),
          events,
        ),
      { keepAlive: false },
      {
        sleep: deps.sleep,
        terminate: () => access.terminateSession(grant.sessionId),
        onCustomerMessage: (text) => told.push(text),
        onInterruption: (text) => told.push(text),
        onStuck: () => told.push("stuck"),
      },
    );
    if (before === undefined) Deno.env.delete("AWS_ENDPOINT_URL");
    else Deno.env.set("AWS_ENDPOINT_URL", before);
    return { session, told };
  });
  opening = opened.catch(() => {});
  return opened;
}

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

/** The server gives every byte back, and ends when it has all: it is told how many first. */
async function echo(session: PortSession, bytes: Uint8Array): Promise<Buffer> {
  const stream = session.open();
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  const sending = (async () => {
    await stream.write(length);
    await stream.write(bytes);
    stream.closeWrite();
  })();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = await stream.read();
    if (chunk === undefined) break;
    chunks.push(chunk.slice());
  }
  await sending;
  stream.close();
  return Buffer.concat(chunks);
}

/** What is wrong with the run of a seed; undefined where nothing is. */
async function findMistake(seed: number): Promise<string | undefined> {
  const { faults } = drawFaultMix(seed);
  const random = seedRandom(seed, "ports");
  const inputs = Array.from({ length: STREAMS }, () =>
    Uint8Array.from(
      { length: Math.floor(MOST_BYTES ** random()) },
      () => Math.floor(256 * random()),
    ));
  using server = startTcpServer(async (connection) => {
    let left: number | undefined;
    let head = Buffer.alloc(0);
    while (left === undefined || left > 0) {
      let bytes = await connection.read();
      if (bytes === undefined) return;
      if (left === undefined) {
        head = Buffer.concat([head, bytes]);
        if (head.length < 4) continue;
        left = head.readUInt32BE();
        bytes = head.subarray(4);
      }
      left -= bytes.length;
      await connection.write(bytes);
    }
  });
  const run = withSandbox(faults, async (sandbox) => {
    const { session } = await openHere(sandbox, server.port);
    const outputs = await Promise.all(
      inputs.map((input) => echo(session, input)),
    );
    await session.end();
    const wrong = inputs.findIndex((input, at) => !outputs[at]!.equals(input));
    if (wrong < 0) return undefined;
    const end = await session.ended;
    return `stream ${wrong} brought ${outputs[wrong]!.length} of ${
      inputs[wrong]!.length
    } bytes (${end?.message})`;
  });
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve("no end"), LONGEST_MS);
  try {
    return await Promise.race([run, late.promise]);
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
  }
}

Deno.test({
  name:
    `${RUNS} bad lines, from seed ${FIRST_SEED}: each stream brings every byte`,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const mistakes: string[] = [];
    let next = FIRST_SEED;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < FIRST_SEED + RUNS) {
        const seed = next++;
        const mistake = await findMistake(seed);
        if (mistake !== undefined) mistakes.push(`seed ${seed}: ${mistake}`);
      }
    }));
    assert.deepEqual(mistakes, []);
  },
});

Deno.test({
  name: "an agent that is too old is refused, and ports that nobody listens on",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await withSandbox({ ssmAgentVersion: "3.0.100.0" }, async (sandbox) => {
      await assert.rejects(
        openHere(sandbox, 80),
        /the agent is version 3\.0\.100\.0, and 3\.1\.1511\.0 or later is needed/,
      );
      assert.equal(sandbox.sessions()[0]!.state, "closed");
    });
    await withSandbox({}, async (sandbox) => {
      const { session } = await openHere(sandbox, 1);
      const stream = session.open();
      assert.equal(await stream.read(), undefined);
      assert.equal(stream.isRefused(), true);
      await session.end();
      assert.equal(await session.ended, undefined);
    });
  },
});

Deno.test({
  name: "a server that never reads blocks its session, and not the end of it",
  // What the sockets between them take is pushed through first.
  ignore: !isLong,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const done = Promise.withResolvers<void>();
    using server = startTcpServer(() => done.promise);
    await withSandbox({}, async (sandbox) => {
      const { session } = await openHere(sandbox, server.port);
      const stream = session.open();
      const piece = new Uint8Array(64 * 1024);
      let taken = 0;
      let isBlocked = false;
      void (async () => {
        while (!isBlocked) {
          await stream.write(piece);
          taken += piece.length;
        }
      })();
      // What the agent, the sockets and the window take is bounded.
      await sandbox.waitFor(
        (now) => now.events().some(({ kind }) => kind === "full"),
        60_000,
      );
      isBlocked = true;
      assert(taken < 64 * 1024 * 1024, `${taken} bytes were taken`);
      await session.end();
      assert.equal(await session.ended, undefined);
    });
    done.resolve();
  },
});
