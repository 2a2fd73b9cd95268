import assert from "node:assert/strict";
import type { RackClient } from "../../../src/access/rack/create_rack_client.ts";
import type { Deps } from "../../../src/deps.ts";
import { PortholeError } from "../../../src/errors.ts";
import { withProcess } from "../../../src/exec/rack/with_process.ts";
import type { Cancellation } from "../../../src/limits/cancel_on_signal.ts";

const ID = "0123456789ab";

/** A rack that knows a new process only after some milliseconds, with a clock of its own. */
function startFake(unknownMs: number) {
  let ms = 0;
  const asked: string[] = [];
  const client: RackClient = {
    rack: {
      name: "prod",
      url: new URL("https://rack.example.com"),
      token: "t",
      tls: { kind: "public" },
      streamHosts: [],
    },
    urlOf: () => new URL("https://rack.example.com"),
    authorization: () => "",
    ask({ method, missing }) {
      asked.push(method);
      if (method === "GET" && ms < unknownMs) {
        return Promise.reject(
          missing?.() ?? new PortholeError("rack_refused", "not found"),
        );
      }
      return Promise.resolve(
        JSON.stringify({ id: ID, name: "web", status: "running" }),
      );
    },
  };
  const deps = {
    now: () => new Date(ms),
    sleep: (pause: number) => {
      // What is only waited for in case of need takes no time here.
      if (pause === 1_000) ms += pause;
      return pause === 1_000 ? Promise.resolve() : new Promise<void>(() => {});
    },
  } as unknown as Deps;
  const cancellation: Cancellation = {
    deps,
    orCancelled: (work) => work,
    isCancelled: () => false,
    outlast: () => () => {},
  };
  const log = {
    debug() {},
    info() {},
    warn() {},
    withPrefix: () => log,
    hush() {},
    isQuiet: () => true,
  };
  const run = () =>
    withProcess(client, { app: "app", service: "web" }, {
      maxDurationMs: 60_000,
      limitMs: 0,
      cancellation,
      log,
      work: (started) => Promise.resolve(started.id),
    });
  return { run, asked };
}

Deno.test("a rack may need some seconds to know its own new process, which is stopped in the end", async () => {
  const { run, asked } = startFake(4_000);
  assert.equal(await run(), ID);
  assert.deepEqual(asked.at(0), "POST");
  assert.deepEqual(asked.at(-1), "DELETE");
});

Deno.test("a process that stays unknown is the rack's own refusal, and is asked to stop", async () => {
  const { run, asked } = startFake(Infinity);
  await assert.rejects(run(), { code: "rack_refused" });
  assert.deepEqual(asked.at(-1), "DELETE");
});
