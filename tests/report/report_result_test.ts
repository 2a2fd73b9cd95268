import assert from "node:assert/strict";
import { CancelledBySignal } from "../../src/cancelled_by_signal.ts";
import { PortholeError } from "../../src/errors.ts";
import { reportResult, type WorkEnd } from "../../src/report/report_result.ts";
import { recordLog } from "../exec/fake_log.ts";

interface Result {
  readonly status?: number | undefined;
  readonly error?: PortholeError;
  readonly region?: string;
  readonly cluster?: string;
}

/** Reports some work whose result goes to a file, which `write` writes. */
async function report(
  work: (learn: (facts: Partial<Result>) => void) => Promise<WorkEnd>,
  { write = () => Promise.resolve(), print = true, end }: {
    readonly write?: () => Promise<void>;
    readonly print?: boolean;
    readonly end?: () => Partial<Result>;
  } = {},
) {
  const written: string[] = [];
  const { log, said } = recordLog();
  const form = (result: Result) =>
    JSON.stringify({ ...result, error: result.error?.code });
  const told = await reportResult<Result>(
    {
      initial: {},
      path: "/tmp/result",
      format: form,
      ...(print && { print: form }),
      ...(end && { end }),
    },
    {
      deps: {
        checkWritable: () => Promise.resolve(),
        writePrivateFile: (_path: string, text: string) => {
          written.push(text);
          return write();
        },
      } as never,
      log,
    },
    work,
  );
  return { told, written, said };
}

const done = (status: number | undefined): Promise<WorkEnd> =>
  Promise.resolve({ kind: "status", status });

Deno.test("a status is the report's and the result's, with what was learned on the way", async () => {
  const { told, written } = await report((learn) => {
    learn({ region: "eu" });
    learn({ cluster: "main" });
    return done(7);
  });
  const result = '{"region":"eu","cluster":"main","status":7}';
  assert.deepEqual(told, { stdout: result, status: 7 });
  assert.deepEqual(written, [result]);
});

Deno.test("a status that nothing reports is 0 for the shell, and none in the result", async () => {
  const { told, written } = await report(() => done(undefined));
  assert.equal(told.status, 0);
  assert.deepEqual(written, ["{}"]);
});

Deno.test("a plan is all that a dry run prints, and no result is written", async () => {
  const { told, written } = await report(() =>
    Promise.resolve({ kind: "plan", text: "Dry run\n" })
  );
  assert.deepEqual([told, written], [{ stdout: "Dry run\n", status: 0 }, []]);
  const refused = await report(() =>
    Promise.resolve({ kind: "plan", text: "Dry run\n", status: 125 })
  );
  assert.equal(refused.told.status, 125);
});

Deno.test("what is known only at the end is part of the result, well or badly", async () => {
  const end = () => ({ region: "eu" });
  const well = await report(() => done(0), { end });
  assert.deepEqual(well.written, ['{"status":0,"region":"eu"}']);
  const badly = await report(() => Promise.reject(new Error("no")), { end });
  assert.equal(JSON.parse(badly.written[0]!).region, "eu");
});

for (
  const [thrown, code, status] of [
    [new PortholeError("access_denied", "No"), "access_denied", 125],
    [new PortholeError("command_not_found", "No"), "command_not_found", 127],
    [new PortholeError("timed_out", "No"), "timed_out", 124],
    [new CancelledBySignal("SIGTERM"), "cancelled", 143],
    [new TypeError("oops"), "internal", 125],
  ] as const
) {
  Deno.test(`a failure is part of the report and of the result: ${code} is ${status}`, async () => {
    const { told, written } = await report((learn) => {
      learn({ region: "eu" });
      return Promise.reject(thrown);
    }, { print: false });
    assert.deepEqual([told.stdout, told.error?.code, told.status], [
      undefined,
      code,
      status,
    ]);
    assert.deepEqual(JSON.parse(written[0]!), {
      region: "eu",
      error: code,
      status,
    });
  });
}

Deno.test("a result that cannot be written fails what went well, and adds a warning to what did not", async () => {
  const write = () => Promise.reject(new PortholeError("io_failed", "Full"));
  const well = await report(() => done(0), { write });
  assert.deepEqual([well.told.error?.code, well.told.status], [
    "io_failed",
    125,
  ]);
  assert.deepEqual(JSON.parse(`${well.told.stdout}`).error, "io_failed");
  const badly = await report(
    () => Promise.reject(new PortholeError("access_denied", "No")),
    { write },
  );
  assert.deepEqual([badly.told.error?.code, badly.said], [
    "access_denied",
    ['warn: Cannot write the result to "/tmp/result": Full'],
  ]);
});
