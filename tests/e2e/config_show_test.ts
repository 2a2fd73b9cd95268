import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({
  parameters: { "/app/service": "worker" },
});
const folder = await Deno.makeTempDir();
Deno.test.afterAll(async () => {
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
});
await Deno.writeTextFile(
  `${folder}/ecspresso.yml`,
  "region: {{ must_env `AWS_REGION` }}\nservice: '{{ ssm `/app/service` }}'\n",
);
await Deno.writeTextFile(
  `${folder}/missing.yml`,
  "region: us-east-1\nservice: '{{ ssm `/app/no` }}'\n",
);
const { PORTHOLE_CONFIG: _, ...env } = sandbox.env;

testPorthole(
  "config show tells sources, and no parameter",
  async (porthole) => {
    const result = await porthole.run(["config", "show", "-o", "json"], {
      env,
      cwd: folder,
    });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stderr, "");
    assert.ok(!result.text.includes("worker"));
    const { settings } = JSON.parse(result.text);
    assert.deepEqual(settings.region, {
      value: "us-east-1",
      source: "ecspresso.yml:1:1",
    });
    assert.equal(settings.service.from, 'ssm "/app/service"');
  },
);

testPorthole(
  "exec finds its service in the Parameter Store",
  async (porthole) => {
    const result = await porthole.run(["exec", "--", "echo", "hello"], {
      env,
      cwd: folder,
    });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.text, "hello\n");
  },
);

testPorthole(
  "a parameter that is not there is told at its place",
  async (porthole) => {
    const result = await porthole.run(
      ["config", "show", "--config", "missing.yml"],
      { env, cwd: folder },
    );
    assert.equal(result.status, 1);
    assert.equal(result.text, "");
    assert.equal(
      result.stderr,
      'error: Cannot use missing.yml:2:14: there is no SSM parameter "/app/no"\n',
    );
  },
);
