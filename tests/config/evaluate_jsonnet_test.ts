import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { load } from "./load.ts";

const { spawn, isExecutable } = createRealDeps();

/** Evaluates an ecspresso.jsonnet in a folder of its own, by a jsonnet that is this shell script, or by the real one. */
async function loadJsonnet(
  text: string,
  { script, program = "jsonnet", variables = {}, parameters = {} }: {
    readonly script?: string;
    readonly program?: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly parameters?: Readonly<Record<string, string>>;
  },
) {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/ecspresso.jsonnet`;
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(`${folder}/names.libsonnet`, "{ web: 'api' }");
    if (script !== undefined) {
      await Deno.writeTextFile(`${folder}/${program}`, `#!/bin/sh\n${script}`);
      await Deno.chmod(`${folder}/${program}`, 0o755);
    }
    return await load({
      files: { [path]: text },
      flags: {
        config: { value: path, source: { kind: "flag", name: "--config" } },
      },
      variables: {
        PATH: script === undefined ? realPath : `bin:${folder}`,
        ...variables,
      },
      parameters,
      spawn,
      isExecutable,
    });
  } catch (error) {
    // The folder has another name each time.
    if (error instanceof PortholeError) {
      error.message = error.message.replaceAll(`${folder}/`, "");
    }
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const realPath = Deno.env.get("PATH") ?? "";

async function hasRealJsonnet(): Promise<boolean> {
  for (const folder of realPath.split(":")) {
    if (await isExecutable(`${folder}/jsonnet`)) return true;
  }
  return false;
}

const real = { ignore: !await hasRealJsonnet() };
const scripted = { ignore: Deno.build.os === "windows" };

Deno.test(
  "the JSON that jsonnet prints is the configuration",
  scripted,
  async () => {
    for (const program of ["jsonnet", "jrsonnet"]) {
      const { config } = await loadJsonnet("{}", {
        program,
        script:
          `test $# = 1 && test -f "$1" && printf '{\n  "service": "%s"\n}' web`,
      });
      assert.equal(config.service?.value, "web");
      assert.match(config.path ?? "", /\/ecspresso\.jsonnet$/);
      const { source } = config.service!;
      assert.ok(source.kind === "file");
      assert.match(source.path, /ecspresso\.jsonnet \(evaluated\)$/);
      assert.deepEqual([source.line, source.column], [2, 3]);
    }
  },
);

Deno.test(
  "external variables go through the environment",
  scripted,
  async () => {
    const { config } = await loadJsonnet("{}", {
      script: `printf '{"service": "%s", "cluster": "%s"}' "$A$B" "$(
      echo "$@" | sed 's| /.*||'
    )"`,
      variables: {
        ECSPRESSO_EXT_STR: "A=x=1;odd;=y",
        ECSPRESSO_EXT_CODE: "B=2+3",
      },
    });
    assert.equal(config.service?.value, "x=12+3");
    assert.equal(config.cluster.value, "--ext-str A --ext-code B");
  },
);

Deno.test("what jsonnet complains of is told", scripted, async () => {
  const cases: [script: string, message: string][] = [
    [
      `echo "STATIC ERROR: $1:1:3: unexpected" >&2; exit 1`,
      "STATIC ERROR: ecspresso.jsonnet:1:3: unexpected",
    ],
    [
      `printf 'RUNTIME ERROR: no\\033[31m\\n\\t%s:1:3-5\\tobject <anonymous>\\n\\tmore\\n' "$1" >&2; exit 1`,
      "RUNTIME ERROR: no [31m (ecspresso.jsonnet:1:3-5 object <anonymous>)",
    ],
    ["echo '{}'; exit 3", '"jsonnet" ended with status 3 and no word why'],
    ["kill -9 $$", '"jsonnet" ended with SIGKILL and no word why'],
  ];
  for (const [script, reason] of cases) {
    await assert.rejects(loadJsonnet("{}", { script }), {
      code: "config_invalid",
      message: `Cannot use ecspresso.jsonnet: ${reason}`,
    });
  }
});

Deno.test(
  "a mistake in the evaluated JSON is told as such",
  scripted,
  async () => {
    const script = `printf '{\n   "service": [1]\n}'`;
    await assert.rejects(loadJsonnet("{}", { script }), {
      message:
        "Cannot use ecspresso.jsonnet (evaluated):2:15: service is a list, not one value",
    });
  },
);

Deno.test(
  "a jsonnet in the working directory is not started",
  scripted,
  async () => {
    await assert.rejects(
      load({
        files: { "ecspresso.jsonnet": "{}" },
        variables: { PATH: ".::bin" },
        isExecutable: () => Promise.resolve(true),
      }),
      { message: /neither jsonnet nor jrsonnet is in PATH/ },
    );
  },
);

Deno.test(
  "real jsonnet: every key that ecspresso documents",
  real,
  async () => {
    const { config, warnings } = await loadJsonnet(
      `
local names = import 'names.libsonnet';
local plugin(name, prefix) = {
  name: 'tfstate',
  config: { path: name + '.tfstate' },
  func_prefix: prefix,
};
{
  required_version: '>= 2.0.0, < 4',
  region: '{{ must_env "REGION" }}',
  cluster: '{{ env \`CLUSTER\` \`default\` }}',
  service: 'my-' + names.web + std.extVar('suffix'),
  service_definition: 'ecs-service-def.jsonnet',
  task_definition: 'ecs-task-def.jsonnet',
  timeout: '%dm' % (2 + 3),
  plugins: [plugin('first', 'first_'), plugin('second', 'second_'), { name: 'cloudformation' }],
  appspec: { Hooks: [{ BeforeInstall: 'LambdaFunctionToValidateBeforeInstall' }] },
  codedeploy: { application_name: 'myapp', deployment_group_name: 'mydeployment' },
  ignore: { tags: ['ecspresso:ignore'] },
  filter_command: 'peco',
  exec: { shell: '{{ ssm "/shell" }}' },  // porthole's own
}`,
      {
        variables: { REGION: "eu-west-1", ECSPRESSO_EXT_STR: 'suffix="-1' },
        parameters: { "/shell": "/bin/zsh" },
      },
    );
    assert.deepEqual(warnings, []);
    assert.equal(config.region?.value, "eu-west-1");
    assert.equal(config.cluster.value, "default");
    assert.equal(config.service?.value, 'my-api"-1');
    assert.equal(config.timeoutMs.value, 300_000);
    assert.equal(config.shell?.value, "/bin/zsh");
  },
);

Deno.test(
  "real jsonnet: its complaints, and what porthole can say to them",
  real,
  async () => {
    const cases: [text: string, message: RegExp, hint: RegExp][] = [
      ["{ service: 'a'\n", /ecspresso\.jsonnet:2:1: /, /^$/],
      [
        "{ service: std.extVar('x') }",
        /external variable.*\(ecspresso\.jsonnet:1:12/i,
        /ECSPRESSO_EXT_STR/,
      ],
      [
        "local must_env = std.native('must_env');\n{ service: must_env('X') }",
        /\(ecspresso\.jsonnet:2:12/,
        /exist only within ecspresso/,
      ],
      ["import 'nothing.libsonnet'", /nothing\.libsonnet/, /^$/],
    ];
    for (const [text, message, hint] of cases) {
      await assert.rejects(loadJsonnet(text, {}), (error) => {
        assert.ok(error instanceof PortholeError);
        assert.match(error.message, /^Cannot use ecspresso\.jsonnet: /);
        assert.match(error.message, message);
        assert.match(error.hint ?? "", hint);
        return true;
      });
    }
  },
);
