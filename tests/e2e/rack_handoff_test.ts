import assert from "node:assert/strict";
import { startRack } from "../sandbox/start_rack.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({
  unsignedUpgrades: true,
  kms: true,
});
const rack = startRack(sandbox, { handsOff: true });
Deno.test.afterAll(async () => {
  await rack.close();
  await sandbox.close();
});

testPorthole(
  "a session that is encrypted with a KMS key is not joined without AWS: nothing runs",
  async (porthole) => {
    const { status, stderr, text } = await porthole.run(
      ["exec", "worker", "--", "echo", "ran"],
      { env: { PORTHOLE_RACK: rack.secretUrl } },
    );
    assert.deepEqual([status, text], [125, ""], stderr);
    assert.match(
      stderr,
      /^error: Cannot join the session: sessions of this cluster are encrypted with a KMS key: only with AWS credentials$/m,
    );
  },
);

testPorthole(
  "Convox's own variable chooses no rack",
  async (porthole) => {
    const before = rack.connections().opened;
    const { status, stderr } = await porthole.run(
      ["exec", "worker", "--dry-run", "--", "true"],
      { env: { ...sandbox.env, RACK_URL: rack.secretUrl } },
    );
    assert.equal(status, 0, stderr);
    assert.equal(rack.connections().opened, before);
  },
);
