import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
const folder = await Deno.makeTempDir();
Deno.test.afterAll(async () => {
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
});

// What `ecspresso init` writes, and what pipelines make of it.
await Deno.writeTextFile(
  `${folder}/ecspresso.yml`,
  `{{ $stage := env "STAGE" "dev" -}}
region: ""
{{ if eq $stage "prod" "dev" -}}
cluster: {{ must_env "CLUSTER" }}
{{- else }}
cluster: nowhere
{{- end }}
service: {{ printf "%s%s" "work" (or (env "SUFFIX") "er") }}
service_definition: ecs-service-def.json
task_definition: "{{ range .Files }}{{ . }}{{ end }}-{{ must_env "IMAGE_TAG" }}"
filter_command: ""
timeout: ~
`,
);
await Deno.writeTextFile(`${folder}/dev.env`, 'export CLUSTER="default" # c\n');
await Deno.writeTextFile(
  `${folder}/project.jsonnet`,
  `local env = std.native('env');
{
  region: '',
  cluster: std.native('must_env')('CLUSTER'),
  service: std.extVar('name') + env('SUFFIX', std.extVar('suffix')),
}
`,
);
const { PORTHOLE_CONFIG: _, ...bare } = sandbox.env;
const env = { ...bare, PATH: Deno.env.get("PATH") ?? "" };

testPorthole(
  "a project as ecspresso init leaves it, with variables of a file",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "--envfile", "dev.env", "--", "cat", "etc/hostname"],
      { env, cwd: folder },
    );
    assert.equal(result.text, "worker\n", result.stderr);
    assert.equal(result.status, 0);

    const shown = await porthole.run(["config", "show"], {
      env: { ...env, ECSPRESSO_ENVFILE: "dev.env" },
      cwd: folder,
    });
    assert.match(shown.text, /^region +us-east-1 +AWS_REGION$/m);
    assert.match(shown.text, /^cluster +default +ecspresso\.yml:\d+:1$/m);
    assert.match(shown.text, /^timeout +10m +default$/m);
    assert.equal(shown.stderr, "");
  },
);

testPorthole(
  "a variable that decides and is not set stops before any call",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(["exec", "--", "true"], {
      env,
      cwd: folder,
    });
    assert.match(
      result.stderr,
      /^error: Cannot use ecspresso\.yml:4:13: the environment variable "CLUSTER" is not set$/m,
    );
    assert.equal(result.status, 125);
    assert.deepEqual(calls.names(), []);
    const flags = await porthole.run(
      ["exec", "--cluster", "default", "--", "cat", "etc/hostname"],
      { env, cwd: folder },
    );
    assert.equal(flags.text, "worker\n", flags.stderr);
  },
);

testPorthole(
  "--id, ECSPRESSO_CONFIG and ECSPRESSO_TIMEOUT are understood",
  async (porthole) => {
    const [task] = sandbox.tasks("worker");
    const result = await porthole.run(
      ["exec", "--id", task!.taskId, "--", "cat", "etc/hostname"],
      {
        env: {
          ...env,
          ECSPRESSO_CONFIG: `${folder}/ecspresso.yml`,
          ECSPRESSO_ENVFILE: `${folder}/dev.env`,
        },
      },
    );
    assert.equal(result.text, "worker\n", result.stderr);
    const shown = await porthole.run(["config", "show"], {
      env: {
        ...env,
        ECSPRESSO_CONFIG: `${folder}/ecspresso.yml`,
        ECSPRESSO_ENVFILE: `${folder}/dev.env`,
        ECSPRESSO_TIMEOUT: "7m",
      },
    });
    assert.match(shown.text, /^timeout +7m +ECSPRESSO_TIMEOUT$/m);
    const wrong = await porthole.run(["exec", "worker", "--", "true"], {
      env: { ...env, ECSPRESSO_TIMEOUT: "7" },
    });
    assert.match(wrong.stderr, /as ECSPRESSO_TIMEOUT: it is not a duration/);
    assert.equal(wrong.status, 125);
  },
);

const hasJsonnet = await new Deno.Command("sh", {
  args: ["-c", "command -v jsonnet || command -v jrsonnet"],
  stdout: "null",
}).output().then(({ success }) => success, () => false);

if (hasJsonnet) {
  testPorthole(
    "Jsonnet with native functions and external variables",
    async (porthole) => {
      const result = await porthole.run(
        [
          "exec",
          "--config",
          "project.jsonnet",
          "--ext-str",
          "name=work",
          "--ext-code",
          "suffix='e' + 'r'",
          "--envfile=dev.env",
          "--",
          "cat",
          "etc/hostname",
        ],
        { env, cwd: folder },
      );
      assert.equal(result.text, "worker\n", result.stderr);
      assert.equal(result.status, 0);
    },
  );
}
