import assert from "node:assert/strict";
import type { RackClient } from "../../../src/access/rack/create_rack_client.ts";
import { awaitUpdate } from "../../../src/commands/rack/await_update.ts";
import { setParameters } from "../../../src/commands/rack/change_parameters.ts";
import { PortholeError } from "../../../src/errors.ts";
import { startRack } from "../../sandbox/start_rack.ts";
import { startSandbox } from "../../sandbox/start_sandbox.ts";

const log = { debug() {}, warn() {} } as unknown as Parameters<
  typeof awaitUpdate
>[2]["log"];

/** One look at the rack: its status, or why there is no answer. */
type Look = string | PortholeError;

const unreachable = new PortholeError("unreachable", "Cannot ask the rack");
const badGateway = new PortholeError("rack_refused", "it answered HTTP 502");
const denied = new PortholeError("access_denied", "Cannot sign in");

/** Waits for an update of which each look shows the next of `looks`, and the last one for ever. */
async function wait(looks: readonly Look[], value = "Yes") {
  let time = 0;
  let asked = 0;
  const client = {
    rack: { name: "dev" },
    ask: () => {
      const look = looks[Math.min(asked++, looks.length - 1)]!;
      return look instanceof PortholeError
        ? Promise.reject(look)
        : Promise.resolve(
          JSON.stringify({ status: look, parameters: { ECSExec: value } }),
        );
    },
  } as unknown as RackClient;
  let error: PortholeError | undefined;
  try {
    await awaitUpdate(
      client,
      ({ parameters }) =>
        parameters["ECSExec"] === "Yes" ? undefined : "ECSExec is No",
      {
        deps: {
          now: () => new Date(time),
          sleep: (ms) => Promise.resolve(void (time += ms)),
        },
        log,
      },
    );
  } catch (thrown) {
    assert.ok(thrown instanceof PortholeError);
    error = thrown;
  }
  return { asked, seconds: time / 1000, error };
}

for (
  const [name, looks, asked] of [
    ["it runs", ["running"], 2],
    ["it is updating at first", ["updating", "updating", "running"], 4],
    ["it restarts", [
      "running",
      unreachable,
      badGateway,
      "updating",
      "running",
    ], 6],
    ["it converges in between", ["running", "converging", "running"], 4],
    ["it is unreachable for two minutes", [
      ...Array(24).fill(unreachable),
      "running",
    ], 26],
  ] as readonly (readonly [string, readonly Look[], number])[]
) {
  Deno.test(`an update is waited for: ${name}`, async () => {
    const waited = await wait(looks);
    assert.equal(waited.error, undefined);
    assert.equal(waited.asked, asked);
    assert.equal(waited.seconds, asked * 5);
  });
}

for (
  const [name, looks, says, value] of [
    ["it fails", ["updating", "failed"], /its status is failed/],
    ["it goes back", ["updating", "rollback"], /its status is rollback/],
    [
      "it has gone back by the time one looks",
      ["running"],
      /it runs again, but ECSExec is No/,
      "No",
    ],
    ["the token counts no more", ["updating", denied], /Cannot sign in/],
    [
      "nobody answers any more",
      ["updating", unreachable],
      /Cannot ask the rack/,
    ],
    ["it never ends", ["updating"], /is not running after 35 minutes/],
  ] as readonly (readonly [string, readonly Look[], RegExp, string?])[]
) {
  Deno.test(`an update that is waited for in vain is an error: ${name}`, async () => {
    const { error, seconds } = await wait(looks, value);
    assert.match(error?.message ?? "", says);
    assert.ok(seconds <= 36 * 60);
  });
}

Deno.test("rack params set --wait: OK is said when the rack runs with the new value, and its absence is an error", async () => {
  const sandbox = await startSandbox();
  const rack = startRack(sandbox, { updatingFor: 2 });
  const printed: string[] = [];
  const set = (pair: string) =>
    setParameters(
      {
        name: "dev",
        url: new URL(rack.url),
        token: "secret-token",
        tls: { kind: "public" },
        streamHosts: [],
      },
      [pair],
      {
        wait: true,
        log,
        deps: {
          env: () => undefined,
          now: () => new Date(0),
          sleep: (ms, signal) =>
            ms === 5_000
              ? Promise.resolve()
              : new Promise((resolve) =>
                signal?.addEventListener("abort", () => resolve())
              ),
          stdout: {
            isTerminal: false,
            write: (bytes) =>
              Promise.resolve(
                void printed.push(new TextDecoder().decode(bytes)),
              ),
            writeText: () => {},
          },
        },
      },
    );
  try {
    const { stdout, status } = await set("ECSExec=Yes");
    assert.deepEqual([printed.join("") + stdout, status], [
      "Updating parameters... OK\n",
      0,
    ]);
    // Two looks that see it update, two that see it run.
    const looks = rack.requests().filter(({ method }) => method === "GET");
    assert.equal(looks.length, 1 + 4);
    // A Convox rack drops what it does not know, and says OK.
    await assert.rejects(
      set("Bogus=1"),
      /Cannot update rack "dev": it runs again, but Bogus is ""/,
    );
  } finally {
    await rack.close();
    await sandbox.close();
  }
});
