import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ unsignedUpgrades: true });
Deno.test.afterAll(() => sandbox.close());

for (const handsOff of [false, true]) {
  const way = handsOff ? "a hand-off" : "a relay";

  testPorthole(
    `run over ${way}: streams, status, and the end of its process`,
    async (porthole) => {
      const rack = startRack(sandbox, { handsOff });
      try {
        const { text, status, stderr } = await porthole.run(
          [
            "run",
            "worker",
            "-e",
            "A=é",
            "--max-duration",
            "90s",
            "--command",
            'cat; printf %s "$A"; exit 3',
          ],
          {
            env: { PORTHOLE_RACK: rack.secretUrl },
            stdin: new TextEncoder().encode("in"),
          },
        );
        assert.deepEqual([text, status], ["iné", 3], stderr);
        const calls = rack.requests()
          .filter(({ path }) => path !== "/system" && path !== "/apps");
        assert.deepEqual(
          calls.map(({ method, path }) => `${method} ${path}`),
          [
            "POST /apps/default/services/worker/processes",
            "GET /apps/default/processes/0ne0ff000000",
            "GET /apps/default/processes/0ne0ff000000",
            "GET /apps/default/processes/0ne0ff000000/exec",
            "DELETE /apps/default/processes/0ne0ff000000",
          ],
        );
        assert.equal(calls[0]?.headers["command"], "sleep 90");
        assert.equal(calls[3]?.headers["entrypoint"], "true");
      } finally {
        await rack.close();
      }
    },
  );
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  testPorthole(
    `run over a rack: ${signal} stops the process`,
    async (porthole) => {
      const rack = startRack(sandbox);
      try {
        const running = porthole.start(
          ["run", "worker", "--", "sh", "-c", "echo ready; sleep 100"],
          { env: { PORTHOLE_RACK: rack.secretUrl } },
        );
        await running.waitFor("ready");
        running.kill(signal);
        const { status, stderr } = await running.result;
        assert.equal(status, signal === "SIGINT" ? 130 : 143, stderr);
        assert.equal(rack.oneOffs(), 0);
      } finally {
        await rack.close();
      }
    },
  );
}

testPorthole(
  "run over a rack: an exec that is refused at first is tried again",
  async (porthole) => {
    const rack = startRack(sandbox);
    let refusals = 1;
    rack.setFaults(
      {
        get frames() {
          return refusals-- > 0 ? REFUSAL : undefined;
        },
      } as Parameters<typeof rack.setFaults>[0],
    );
    try {
      const { text, status, stderr } = await porthole.run(
        ["run", "worker", "--", "cat"],
        {
          env: { PORTHOLE_RACK: rack.secretUrl },
          stdin: new TextEncoder().encode("not lost"),
        },
      );
      assert.deepEqual([text, status], ["not lost", 0], stderr);
      assert.equal(rack.oneOffs(), 0);
    } finally {
      await rack.close();
    }
  },
);

testPorthole(
  "run over a rack: what cannot be chosen is a usage error, and a dry run starts nothing",
  async (porthole) => {
    const rack = startRack(sandbox);
    const env = { PORTHOLE_RACK: rack.secretUrl };
    try {
      const refused = await porthole.run(
        ["run", "worker", "--cpu", "512", "--", "ls"],
        { env },
      );
      assert.equal(refused.status, 125);
      assert.match(refused.stderr, /Cannot use "--cpu" over a rack/);
      const detached = await porthole.run(["run", "worker", "-d"], { env });
      assert.equal(detached.status, 125);
      assert.equal(rack.connections().opened, 0);
      const plan = await porthole.run(
        ["run", "worker", "--dry-run", "--", "ls"],
        { env },
      );
      assert.match(plan.text, /^Process: +a new one, for 1h at most$/m);
      assert.ok(rack.requests().every(({ method }) => method === "GET"));
    } finally {
      await rack.close();
    }
  },
);

const TEXT = new TextEncoder().encode(
  "ERROR: no running container for process\n",
);
/** One text message, and the empty binary one. */
const REFUSAL = Uint8Array.of(0x81, TEXT.length, ...TEXT, 0x82, 0);
