import { WRAPPER_VERSION } from "../../../src/session/wrap_command.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { openOnRack } from "../../../src/session/rack/v1/open_on_rack.ts";
import type { OpenRequest } from "../../../src/session/rack/v1/open_request.ts";
import type { StreamSession } from "../../../src/session/session.ts";
import { startSandbox } from "../../sandbox/start_sandbox.ts";
import { rackIn, type ServedExec } from "./serve_in_sandbox.ts";

const sandbox = await startSandbox();
const rack = rackIn(sandbox);
Deno.test.afterAll(() => sandbox.close());

/** The SDK keeps timers of its own for a while. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

/** More than the credit at the beginning. */
const SENT = 400_000;
const porthole = { kind: "porthole" } as const;
const batch: OpenRequest = {
  command: { kind: "line", line: "true" },
  tty: false,
  env: [],
  stdin: false,
  binary: true,
  bare: false,
  keepAlive: false,
  carriers: ["relay"],
  wrappers: [WRAPPER_VERSION],
};

function line(text: string, more: Partial<OpenRequest> = {}): OpenRequest {
  return { ...batch, ...more, command: { kind: "line", line: text } };
}

async function ask(served: ServedExec, request: OpenRequest) {
  return await openOnRack(request, {
    dial: served.pair.dial,
    now: Date.now,
    sleep: rack.ports.deps.sleep,
    rackName: "test",
    signal: new AbortController().signal,
  });
}

async function relay(request: OpenRequest) {
  const served = await rack.serve("worker", porthole);
  const granted = await ask(served, request);
  assert.equal(granted.kind, "relay");
  if (granted.kind !== "relay") throw new Error("unreachable");
  return { served, ...granted };
}

async function readAll(stream: StreamSession["output"] | undefined) {
  const chunks: Uint8Array[] = [];
  // A chunk is overwritten when the next one is asked for.
  for await (const chunk of stream ?? []) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

for (const status of [0, 7, 125, 126, 255]) {
  test(`a relay ends with the command's own ${status}`, async () => {
    const { served, session, opened } = await relay(
      line(`printf out; printf err >&2; exit ${status}`, { stderr: "split" }),
    );
    assert.equal(opened.route.kind, "ecs_exec");
    assert.equal(opened.container, "worker");
    const [out, err, end] = await Promise.all([
      readAll(session.output),
      readAll(session.stderr),
      session.exit,
    ]);
    assert.equal(out.toString(), "out");
    assert.equal(err.toString(), "err");
    assert.deepEqual(end, { kind: "status", status });
    await served.done;
    assert.equal(served.released(), true);
  });
}

test("a relay's input arrives exactly, at the command's pace, never beyond its credit", async () => {
  const { served, session } = await relay(
    line("sleep 0.3; cat", { stdin: true }),
  );
  const sent = randomBytes(SENT);
  const writer = session.input.getWriter();
  const writing = (async () => {
    await writer.write(new Uint8Array(sent));
    await writer.close();
  })();
  const [out, end] = await Promise.all([
    readAll(session.output),
    session.exit,
    writing,
  ]);
  assert.deepEqual(end, { kind: "status", status: 0 });
  assert.ok(out.equals(sent));
  await served.done;
  const last = rack.audited.at(-1);
  assert.equal(last?.event, "end");
  assert.deepEqual(last?.bytes, { in: SENT, out: SENT });
});

test("a cancel passes by a megabyte that nobody reads", async () => {
  const { served, session } = await relay(
    line("trap 'exit 42' INT; sleep 60", { stdin: true }),
  );
  const writer = session.input.getWriter();
  writer.write(new Uint8Array(1_000_000)).catch(() => {});
  await session.end();
  const end = await session.exit;
  assert.notEqual(end.kind === "status" ? end.status : 1, 0);
  await served.done;
  assert.equal(served.released(), true);
});

test("variables reach a relayed command, and neither the audit nor the API", async () => {
  const { served, session } = await relay(
    line('printf %s "$SECRET"', {
      env: [{ name: "SECRET", value: "s3cr3t'\n" }],
    }),
  );
  assert.equal((await readAll(session.output)).toString(), "s3cr3t'\n");
  assert.doesNotMatch(JSON.stringify(rack.audited), /s3cr3t/);
  assert.doesNotMatch(JSON.stringify(sandbox.requests()), /s3cr3t/);
  await served.done;
});

test("what cannot start says so before anything was opened", async () => {
  const served = await rack.serve("worker", porthole);
  await assert.rejects(
    ask(served, { ...batch, container: "wroker" }),
    /Cannot find container "wroker".*has "worker"/,
  );
  await served.done;
  assert.equal(rack.audited.at(-1)?.event, "refuse");
  const missing = await relay({
    ...batch,
    command: { kind: "argv", argv: ["nosuch"] },
  });
  const end = await missing.session.exit;
  assert.ok(end.kind === "failed" && end.error.code === "command_not_found");
  await missing.served.done;
});

test("a session that the rack ends is no status, and its process is gone", async () => {
  const { served, session } = await relay(line("trap '' INT HUP; sleep 60"));
  served.end("revoked");
  const end = await session.exit;
  assert.ok(end.kind === "failed");
  assert.match(end.error.message, /its token does not allow it any more/);
  await served.done;
  assert.equal(served.released(), true);
});

test("a line that breaks is no status, and ends the process", async () => {
  const { served, session } = await relay(line("sleep 60"));
  served.pair.cut();
  const end = await session.exit;
  assert.ok(end.kind === "failed" && end.error.code === "session_lost");
  assert.deepEqual(session.left?.(), { pid: undefined });
  await served.done;
  assert.equal(served.released(), true);
});

test("a hand-off is presigned, ticketed, wrapped and told of without a secret", async () => {
  const served = await rack.serve("worker", porthole);
  const granted = await ask(
    served,
    line("true", { carriers: ["handoff", "relay"] }),
  );
  assert.ok(granted.kind === "handoff");
  const { handoff } = granted;
  assert.match(handoff.streamUrl, /X-Amz-Signature=/);
  assert.match(handoff.streamUrl, /X-Amz-Expires=60/);
  assert.equal(handoff.ticket, `ticket-of-${handoff.sessionId}`);
  assert.equal(handoff.wrapper?.version, WRAPPER_VERSION);
  assert.equal(handoff.wrapper?.options.stdin, false);
  await served.done;
  assert.deepEqual(served.handedOff, [handoff.sessionId]);
  const told = JSON.stringify([rack.audited, rack.said]);
  assert.ok(!told.includes(handoff.tokenValue));
  assert.doesNotMatch(told, /X-Amz|data-channel/);
});

for (
  const [why, change, ports] of [
    ["does not know the wrapper", { wrappers: [] }, {}],
    ["does not want one", { carriers: ["relay"] }, {}],
    ["speaks with a rack that hands nothing off", {}, { handoff: "never" }],
  ] as const
) {
  test(`a client that ${why} gets a relay`, async () => {
    const served = await rackIn(sandbox, ports).serve("worker", porthole);
    const granted = await ask(served, {
      ...batch,
      carriers: ["handoff", "relay"],
      ...change,
    });
    assert.equal(granted.kind, "relay");
    if (granted.kind === "relay") await granted.session.exit;
    await served.done;
  });
}
