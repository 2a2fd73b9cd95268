import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { AuditRefusal } from "../../../src/rack/refusal.ts";
import type { SessionPorts } from "../../../src/rack/sessions/session_ports.ts";
import type { Dialect } from "../../../src/rack/sessions/session_call.ts";
import { startSandbox } from "../../sandbox/start_sandbox.ts";
import { rackIn } from "./serve_in_sandbox.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";

/** The SDK keeps timers of its own for a while. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

/** What one of Convox's command lines sees: each text message by itself, up to the empty binary one. */
async function run(
  command: string,
  { service = "worker", input, tty = false, ports }: {
    readonly service?: string;
    readonly input?: Uint8Array;
    readonly tty?: boolean;
    readonly ports?: Partial<SessionPorts>;
  } = {},
) {
  const rack = rackIn(sandbox, ports);
  const dialect: Dialect = {
    kind: "convox",
    command,
    tty,
    entrypoint: false,
    size: { columns: 80, rows: 24 },
  };
  const served = await rack.serve(service, dialect);
  const texts: Buffer[] = [];
  const ended = Promise.withResolvers<"end" | "closed">();
  const socket = await served.pair.dial({
    onText: () => {},
    onRawText: (bytes) => void texts.push(Buffer.from(bytes)),
    onBinary: () => ended.resolve("end"),
    onAlive: () => {},
    onClose: () => ended.resolve("closed"),
  });
  if (input !== undefined) {
    for (let at = 0; at < input.length; at += 1024) {
      socket.sendRawText(input.subarray(at, at + 1024));
    }
    socket.send(new Uint8Array(0));
  }
  const how = await ended.promise;
  socket.close();
  await served.done;
  assert.equal(served.released(), true);
  const last = texts.at(-1)?.toString() ?? "";
  return {
    how,
    last,
    output: Buffer.concat(texts.slice(0, -1)),
    handedOff: served.handedOff,
    audited: rack.audited,
  };
}

for (const status of [0, 7, 255]) {
  test(`the marker is a message of its own, with the command's ${status}`, async () => {
    const { how, last, output } = await run(
      `printf out; printf err >&2; exit ${status}`,
    );
    assert.equal(how, "end");
    assert.equal(last, `${MARKER}${status}\n`);
    assert.equal(output.toString(), "outerr");
  });
}

test("stdin and output are plain bytes, and exact", async () => {
  const input = new Uint8Array(randomBytes(300_000));
  const { last, output, audited } = await run("cat", { input });
  assert.equal(last, `${MARKER}0\n`);
  assert.ok(output.equals(Buffer.from(input)));
  assert.deepEqual(audited.at(-1)?.bytes, { in: 300_000, out: 300_000 });
});

test("a terminal's session has the size it came with", async () => {
  const { last, output } = await run("stty size; exit 3", { tty: true });
  assert.equal(last, `${MARKER}3\n`);
  assert.match(output.toString(), /24 80/);
});

test("a refusal comes behind the upgrade, with 125", async () => {
  const { how, last, output } = await run("true", { service: "fargate-old" });
  assert.equal(how, "end");
  assert.equal(last, `${MARKER}125\n`);
  assert.match(
    output.toString(),
    /^ERROR: cannot exec into Fargate task without ECS Exec enabled; set ECSExec=Yes on the rack and redeploy/,
  );
});

test("what cannot be written down is not opened", async () => {
  const before =
    sandbox.requests().filter(({ operation }) => operation === "ExecuteCommand")
      .length;
  const { last, output } = await run("true", {
    ports: {
      audit: {
        // A reader that stalls does so for the refusal, too: nobody waits for that.
        write: ({ event }) =>
          event === "open"
            ? Promise.reject(new AuditRefusal())
            : new Promise(() => {}),
      },
    },
  });
  assert.equal(last, `${MARKER}125\n`);
  assert.match(output.toString(), /^ERROR: the audit cannot be written/);
  const after =
    sandbox.requests().filter(({ operation }) => operation === "ExecuteCommand")
      .length;
  assert.equal(after, before);
});

test("--handoff always: a NUL and JSON in one message, and nothing after it", async () => {
  const { how, last, output, handedOff } = await run("ls", {
    ports: { handoff: "always" },
  });
  assert.equal(how, "closed");
  assert.equal(output.length, 0);
  assert.equal(last[0], "\0");
  const handoff = JSON.parse(last.slice(1));
  assert.deepEqual(Object.keys(handoff).sort(), [
    "region",
    "sessionId",
    "streamUrl",
    "tokenValue",
  ]);
  assert.deepEqual(handedOff, [handoff.sessionId]);
});
