import assert from "node:assert/strict";
import type { SessionInvocation } from "../../src/args/invocation.ts";
import type { Deps } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import {
  reportSession,
  type SessionWork,
} from "../../src/report/report_session.ts";
import { recordLog } from "../exec/fake_log.ts";

const says = (text: string): SessionWork => async ({ stdio }) => {
  await stdio.stdout.write(new TextEncoder().encode(text));
  return { kind: "status", status: 3 };
};

/** Reports a session that is recorded into a file, which cannot be written where it is full. */
async function report(
  work: SessionWork,
  invocation: Partial<SessionInvocation>,
  isFull = false,
) {
  const { log, said } = recordLog();
  let recorded = "";
  let shown = "";
  const told = await reportSession(
    { output: "text", dryRun: false, ...invocation } as SessionInvocation,
    {
      log,
      deps: {
        platform: "windows",
        now: () => new Date(0),
        env: () => undefined,
        terminalSize: () => undefined,
        checkWritable: () => Promise.resolve(),
        openPrivateFile: () =>
          Promise.resolve({
            write: (bytes: Uint8Array) =>
              isFull ? Promise.reject(new Error("disk full")) : Promise.resolve(
                void (recorded += new TextDecoder().decode(bytes)),
              ),
            close() {},
          }),
        stdin: {},
        stdout: {
          write: (bytes: Uint8Array) =>
            Promise.resolve(void (shown += new TextDecoder().decode(bytes))),
        },
        stderr: {},
      } as unknown as Deps,
    },
    work,
  );
  return { told, said, recorded, shown };
}

const record = { path: "a.cast", input: false };

Deno.test("a session is recorded beside what it shows", async () => {
  const { told, recorded, shown } = await report(says("hi"), { record });
  assert.deepEqual(told, { status: 3 });
  assert.equal(shown, "hi");
  assert.match(recorded, /"hi"\]\n$/);
});

Deno.test("a recording that cannot be written fails a session that went well", async () => {
  const { told, said } = await report(says("hi"), { record }, true);
  assert.deepEqual([told.status, told.error?.code, said], [
    125,
    "io_failed",
    [],
  ]);
});

Deno.test("what kept a session from its end is told before its recording's failure", async () => {
  const work: SessionWork = async (tools) => {
    await says("hi")(tools);
    throw new PortholeError("session_lost", "gone");
  };
  const whole = await report(work, { record });
  assert.equal(whole.told.error?.code, "session_lost");
  assert.match(whole.recorded, /"hi"\]\n$/);
  const full = await report(work, { record }, true);
  assert.equal(full.told.error?.code, "session_lost");
  assert.match(full.said.join(), /^warn: .*disk full$/);
});

Deno.test("a dry run records nothing, and -o json keeps the output for its object", async () => {
  const dry = await report(
    async ({ stdio }) => {
      await stdio.stdout.write(new TextEncoder().encode("x"));
      return { kind: "plan", text: "Dry run\n" };
    },
    { record, dryRun: true },
  );
  assert.deepEqual([dry.told.stdout, dry.recorded], ["Dry run\n", ""]);
  const json = await report(says("hi"), { output: "json" });
  assert.equal(json.shown, "");
  const object = JSON.parse(json.told.stdout ?? "");
  assert.deepEqual([object.output, object.status], ["hi", 3]);
});
