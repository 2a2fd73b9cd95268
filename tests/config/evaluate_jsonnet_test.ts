import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { load } from "./load.ts";

const { spawn, isExecutable } = createRealDeps();

/** Evaluates an ecspresso.jsonnet in a folder of its own, by a jsonnet that is this shell script, or by the real one. */
async function loadJsonnet(
  text: string,
  {
    script,
    program = "jsonnet",
    variables = {},
    parameters = {},
    extStr = {},
    extCode = {},
    imported = "{ web: 'api' }",
    beside = {},
  }: {
    readonly script?: string;
    readonly program?: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
    readonly extStr?: Readonly<Record<string, string>>;
    readonly extCode?: Readonly<Record<string, string>>;
    readonly imported?: string;
    /** Other files of the folder, by their names. */
    readonly beside?: Readonly<Record<string, string>>;
  },
) {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/ecspresso.jsonnet`;
    await Deno.writeTextFile(path, text);
    await Deno.writeTextFile(`${folder}/names.libsonnet`, imported);
    if (script !== undefined) {
      await Deno.writeTextFile(`${folder}/${program}`, `#!/bin/sh\n${script}`);
      await Deno.chmod(`${folder}/${program}`, 0o755);
    }
    return await load({
      files: {
        [path]: text,
        ...Object.fromEntries(
          Object.entries(beside).map((
            [name, held],
          ) => [`${folder}/${name}`, held]),
        ),
      },
      flags: {
        config: { value: path, source: { kind: "flag", name: "--config" } },
        extStr: new Map(Object.entries(extStr)),
        extCode: new Map(Object.entries(extCode)),
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
      extStr: { A: "x=1" },
      extCode: { B: "2+3" },
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
    [
      "echo '{}'; exit 3",
      '"jsonnet" ended with status 3 without an error message',
    ],
    ["kill -9 $$", '"jsonnet" ended with SIGKILL without an error message'],
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
        variables: { REGION: "eu-west-1" },
        extStr: { suffix: '"-1' },
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
        /"X" is not set \(ecspresso\.jsonnet:2:12/,
        /std\.native\('env'\)\(NAME, DEFAULT\)/,
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

Deno.test(
  "real jsonnet: the native functions of ecspresso",
  real,
  async () => {
    const { config, warnings } = await loadJsonnet(
      `local env = std.native('env');
local must_env = std.native('must_env');
local names = import 'names.libsonnet';
local stage = must_env(name='STAGE');
{
  region: env('REGION', 'us-east-1'),
  cluster: env(name='CLUSTER', default='c-%s' % stage),
  service: names.web + '-' + env('SUFFIX_' + std.asciiUpper(stage), 'none') + env('EMPTY', '-e'),
  timeout: '%dm' % std.parseInt(env('MINUTES', '0')),
  exec: {
    shell: std.native('json_escape')(must_env('QUOTED')) + std.toString(std.parseJson(env('BOOL', 'true'))),
  },
  task_definition: std.native('env')('UNSET', ''),
} + { [k]+: {} for k in [] }`,
      {
        variables: {
          STAGE: "prod",
          REGION: "eu-west-1",
          SUFFIX_PROD: "blue",
          EMPTY: "",
          MINUTES: "7",
          QUOTED: 'a"b\\',
        },
      },
    );
    assert.deepEqual(warnings, []);
    assert.equal(config.region?.value, "eu-west-1");
    assert.equal(config.cluster.value, "c-prod");
    assert.equal(config.service?.value, "api-blue-e");
    assert.equal(config.timeoutMs.value, 420_000);
    assert.equal(config.shell?.value, 'a\\"b\\\\true');
  },
);

Deno.test(
  "real jsonnet: what native functions answer is text, and no Jsonnet",
  real,
  async () => {
    const value = "'+std.extVar('x')+\" {{ 1 }} \u00e9 %s";
    const { config } = await loadJsonnet(
      "{ service: std.native('must_env')('X'), cluster: std.native('env')('Y', 'd') }",
      { variables: { X: value.replace("{{ 1 }}", "{ }"), "Y": "y" } },
    );
    assert.equal(config.service?.value, value.replace("{{ 1 }}", "{ }"));
    assert.equal(config.cluster.value, "y");
  },
);

Deno.test("real jsonnet: native functions of plugins", real, async () => {
  const { config } = await loadJsonnet(
    `local state = std.native('app_tfstate');
{
  cluster: state('aws_ecs_cluster.this["x"].name') + '-1',
  service: std.native('ssm')(name='/web'),
  exec: { shell: std.native('ssm_list')('/shells', 1) },
  task_definition: std.native('tfstate')('never.asked'),
  plugins: [{ name: 'tfstate', func_prefix: 'app_', config: { path: 'a.tfstate' } }],
}`,
    {
      parameters: { "/web": "web", "/shells": ["sh", "bash"] },
      beside: {
        "a.tfstate": JSON.stringify({
          version: 4,
          resources: [{
            mode: "managed",
            type: "aws_ecs_cluster",
            name: "this",
            instances: [{ index_key: "x", attributes: { name: "prod" } }],
          }],
        }),
      },
    },
  );
  assert.equal(config.cluster.value, "prod-1");
  assert.equal(config.service?.value, "web");
  assert.equal(config.shell?.value, "bash");
});

Deno.test(
  "real jsonnet: native functions beside external variables",
  real,
  async () => {
    const { config } = await loadJsonnet(
      "{ service: std.native('env')('X', '') + std.extVar('s') + std.extVar('c') }",
      {
        variables: { X: "x" },
        extStr: { s: "-s" },
        extCode: { c: "std.toString(1 + 1)" },
      },
    );
    assert.equal(config.service?.value, "x-s2");
  },
);

for (
  const [name, text, imported, message, hint] of [
    [
      "that nobody has",
      "local f = std.native('nothing');\n{\n  service: f('output.x') }",
      undefined,
      /no native function "nothing".*\(ecspresso\.jsonnet:1:11-/,
      /plugins ssm and tfstate/,
    ],
    [
      "in an imported file",
      "{ service: (import 'names.libsonnet').web }",
      "{ web: std.native('env')('X', 'y') }",
      /\(names\.libsonnet:1:8-/,
      /work in ".*ecspresso\.jsonnet" itself, not in files that it imports/,
    ],
    [
      "in an imported file, beside its own",
      "{ service: std.native('env')('X', 'y') + (import 'names.libsonnet').web }",
      "{ web: std.native('must_env')('X') }",
      /\(names\.libsonnet:1:8-/,
      /not in files that it imports/,
    ],
    [
      "with a mistake over several lines beside it",
      "local env = std.native('env');\n{ service: (1 + {}\n )[2] }".replace(
        "1 + {}",
        "1 +\n{}",
      ),
      undefined,
      /\(ecspresso\.jsonnet:\(2:13\)-\(3:/,
      /^$/,
    ],
    [
      "with a mistake in its grammar beside it",
      "local env = std.native('env');\n{ service: }",
      undefined,
      /^Cannot use ecspresso\.jsonnet: STATIC ERROR: ecspresso\.jsonnet:2:12/,
      /^$/,
    ],
    [
      "with a name that no variable has",
      "{ service: std.native('must_env')('A=B') }",
      undefined,
      /"A=B" is not set/,
      /DEFAULT/,
    ],
  ] as const
) {
  Deno.test(`real jsonnet: a native function ${name}`, real, async () => {
    const given = imported === undefined ? {} : { imported };
    await assert.rejects(loadJsonnet(text, given), (error) => {
      assert.ok(error instanceof PortholeError, String(error));
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test(
  "a program that reads nothing of what it is given is no failure",
  scripted,
  async () => {
    const { config } = await loadJsonnet(
      `// ${"native ".repeat(100_000)}\n{}`,
      { script: `printf '{"service": "web"}'` },
    );
    assert.equal(config.service?.value, "web");
  },
);

Deno.test("what a program does without end has one", scripted, async () => {
  const cases: [text: string, script: string, message: RegExp, hint: RegExp][] =
    [
      [
        "// native",
        `echo "RUNTIME ERROR: porthole is asked for the variable \\"A$$\\"" >&2; exit 1`,
        /the names of too many variables/,
        /stand in the file as texts/,
      ],
      ["{}", "exec cat /dev/zero", /"jsonnet" prints without end/, /^$/],
      ["{}", "exec cat /dev/zero >&2", /"jsonnet" prints without end/, /^$/],
    ];
  for (const [text, script, message, hint] of cases) {
    await assert.rejects(loadJsonnet(text, { script }), (error) => {
      assert.ok(error instanceof PortholeError, String(error));
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint);
      return true;
    });
  }
});
