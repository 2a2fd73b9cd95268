import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { openOnRack } from "../../src/session/rack/v1/open_on_rack.ts";
import { WRAPPER_VERSION } from "../../src/session/wrap_command.ts";
import { dialPorthole } from "../../src/start/dial_rack.ts";
import { openRack } from "../../src/start/open_rack.ts";
import { openConvoxClient } from "../rack/open_convox_client.ts";
import { sleep } from "../rack/start_rack.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { makeSyntheticBlock } from "../sandbox/synthetic_output.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { addUser, startServedRack } from "./start_served_rack.ts";
import { chooseOne } from "./test_once.ts";

const porthole = chooseOne();
const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
/** The whole load is for machines that have the time; a small one says whether it is right at all. */
const LOAD = isLong
  ? { sessions: 200, busy: 50, mebibytes: 18 }
  : { sessions: 6, busy: 3, mebibytes: 1 };

/** In MiB. */
function readMemory(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

function test(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({
    name: `${porthole.variant}: ${name}`,
    ignore: ignore || Deno.build.os !== "linux",
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}

async function prepare(
  options: Partial<SandboxOptions>,
  ...flags: readonly string[]
) {
  const sandbox = await startSandbox(options);
  const users = `file:${sandbox.directory}/users.json`;
  const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
  const rack = await startServedRack(porthole, sandbox, {
    token,
    users,
    flags: [
      "--max-sessions-per-user",
      "500",
      "--max-lookups",
      "1000",
      ...flags,
    ],
  });
  const pid = sandbox.tasks("worker")[0]!.taskId;
  const deps = { env: () => undefined, sleep };
  const client = openRack({
    name: "load",
    url: new URL(`http://127.0.0.1:${rack.port}`),
    token,
    tls: { kind: "public" },
    streamHosts: [],
  }, deps);
  const relay = async (line: string) => {
    const granted = await openOnRack({
      command: { kind: "line", line },
      tty: false,
      env: [],
      stdin: false,
      binary: false,
      bare: false,
      keepAlive: false,
      carriers: ["relay"],
      wrappers: [WRAPPER_VERSION],
    }, {
      dial: (events) =>
        dialPorthole(
          client,
          ["apps", "default", "processes", pid, "exec"],
          events,
          deps,
        ),
      now: Date.now,
      sleep,
      rackName: "load",
      signal: new AbortController().signal,
    });
    assert.ok(granted.kind === "relay");
    return granted.session;
  };
  return { sandbox, rack, token, pid, relay };
}

test(`${LOAD.sessions} sessions through one rack at once, ${LOAD.busy} of them with ${LOAD.mebibytes} MiB as fast as they go: every byte is right`, async () => {
  const { sandbox, rack, relay } = await prepare(
    {
      syntheticOutput: true,
    },
    "--handoff",
    "never",
  );
  const block = makeSyntheticBlock();
  try {
    const before = readMemory(rack.running.pid, "VmRSS");
    const gate = `${sandbox.directory}/gate`;
    const fifo = await new Deno.Command("mkfifo", { args: [gate] }).output();
    assert.ok(fifo.success);
    const open = async (busy: boolean) => ({
      busy,
      session: await relay(
        busy
          ? `read go <${gate}; synthetic-output ${LOAD.mebibytes}; exit 7`
          : `read go <${gate}; printf quiet; exit 7`,
      ),
    });
    const sessions: Awaited<ReturnType<typeof open>>[] = [];
    // Ten at a time, as people come.
    for (let at = 0; at < LOAD.sessions; at += 10) {
      const group = Array.from(
        { length: Math.min(10, LOAD.sessions - at) },
        (_, i) => open(at + i < LOAD.busy),
      );
      sessions.push(...await Promise.all(group));
    }
    const opened = readMemory(rack.running.pid, "VmRSS");

    const follow = async ({ session, busy }: typeof sessions[number]) => {
      let bytes = 0;
      let wrong = 0;
      for await (const chunk of session.output) {
        for (const byte of busy ? chunk : []) {
          if (byte !== block[bytes++ % block.length]) wrong++;
        }
        if (!busy && Buffer.from(chunk).toString() !== "quiet") wrong++;
      }
      assert.equal(wrong, 0);
      assert.equal(bytes, busy ? LOAD.mebibytes * 1024 * 1024 : 0);
      assert.deepEqual(await session.exit, { kind: "status", status: 7 });
    };
    // A line for each, which a shell reads byte by byte.
    using writer = await Deno.open(gate, { read: true, write: true });
    await writer.write(Buffer.from("\n".repeat(LOAD.sessions)));
    const begun = performance.now();
    await Promise.all(sessions.map(follow));
    const took = (performance.now() - begun) / 1_000;
    const peak = readMemory(rack.running.pid, "VmHWM");
    if (isLong) {
      console.log({
        before,
        opened,
        peak,
        idlePerSession: (opened - before) / LOAD.sessions,
        peakPerSession: (peak - before) / LOAD.sessions,
        took,
      });
    }
    const events = await rack.stop();
    const ends = events.filter(({ event }) => event === "end");
    assert.equal(ends.length, LOAD.sessions);
    assert.ok(ends.every(({ status }) => status === 7));
  } finally {
    await sandbox.close();
  }
});

test("readers that never read pause their commands, and the rack does not grow", async () => {
  const { sandbox, rack, token, pid, relay } = await prepare({});
  try {
    const before = readMemory(rack.running.pid, "VmRSS");
    const held = Promise.withResolvers<void>();
    const stuck = await openConvoxClient({
      port: rack.port,
      token,
      app: "default",
      pid: pid.slice(-12),
      tty: false,
      command: "yes 0123456789012345678901234567890123456789",
      beforeRead: (() => {
        let reads = 0;
        return () => ++reads > 20 ? held.promise : Promise.resolve();
      })(),
    });
    const unread = await relay(
      "yes 0123456789012345678901234567890123456789",
    );
    const grown: number[] = [];
    for (let looks = isLong ? 20 : 4; looks > 0; looks--) {
      await sleep(500);
      grown.push(readMemory(rack.running.pid, "VmRSS") - before);
    }
    if (isLong) console.log({ grown });
    // What the sessions keep is a few MiB each; a command at full speed would write hundreds.
    assert.ok(Math.max(...grown) < 100, `${grown}`);
    held.resolve();
    stuck.close();
    await unread.end();
    await rack.stop();
  } finally {
    await sandbox.close();
  }
});

test("a hand-off beside a direct exec", async () => {
  const { sandbox, rack } = await prepare({});
  try {
    const times = { direct: [] as number[], rack: [] as number[] };
    for (let turn = 0; turn < 40; turn++) {
      const way = turn % 2 === 0 ? "direct" : "rack";
      const begun = performance.now();
      const { status, stderr } = await porthole.run(
        ["exec", "worker", "--", "true"],
        { env: way === "direct" ? sandbox.env : rack.env },
      );
      times[way].push(performance.now() - begun);
      assert.equal(status, 0, stderr);
    }
    const median = (all: number[]) =>
      all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;
    console.log({
      direct: median(times.direct),
      rack: median(times.rack),
      more: median(times.rack) - median(times.direct),
    });
    await rack.stop();
  } finally {
    await sandbox.close();
  }
}, !isLong);
