import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import type { Setting } from "../../src/setting.ts";
import { expectConfigError, load } from "./load.ts";

function flag(value: string, name: string): Setting<string> {
  return { value, source: { kind: "flag", name } };
}

Deno.test("without a file everything is a default", async () => {
  const { config, warnings } = await load({});
  const source = { kind: "default" };
  assert.deepEqual(config, {
    files: [],
    cluster: { value: "default", source },
    timeoutMs: { value: 600_000, source },
    via: { value: "auto", source },
    session: { value: "auto", source },
  });
  assert.deepEqual(warnings, []);
});

Deno.test("the default names are tried in ecspresso's order", async () => {
  const names = ["ecspresso.yml", "ecspresso.yaml", "ecspresso.json"];
  for (let first = 0; first < names.length; first++) {
    const files = Object.fromEntries(
      names.slice(first).map((name) => [name, "service: web"]),
    );
    assert.equal((await load({ files })).config.path, `/proj/${names[first]}`);
  }
});

Deno.test("--config names a file, relative to the working directory", async () => {
  const { config } = await load({
    files: {
      "deploy/prod.yml": "service: web",
      "ecspresso.yml": "service: other",
    },
    flags: { config: flag("deploy/prod.yml", "--config") },
  });
  assert.equal(config.path, "/proj/deploy/prod.yml");
  assert.deepEqual(config.service, {
    value: "web",
    source: { kind: "file", path: "deploy/prod.yml", line: 1, column: 1 },
  });
});

Deno.test("--config none leaves the directory's file out; ./none is a file", async () => {
  const files = { "ecspresso.yml": "service: web", "none": "service: own" };
  const without = await load({
    files,
    flags: { config: flag("none", "--config") },
  });
  assert.equal(without.config.service, undefined);
  assert.equal(without.config.path, undefined);
  const named = await load({
    files,
    flags: { config: flag("./none", "--config") },
  });
  assert.equal(named.config.service?.value, "own");
});

Deno.test("a file that is named must be there", async () => {
  await expectConfigError(
    {
      flags: { config: flag("prod.yml", "--config") },
      files: { "ecspresso.yml": "service: web" },
    },
    'Cannot find the configuration file "prod.yml": there is no file "/proj/prod.yml"',
    "",
    "config_not_found",
  );
  const source = { kind: "env", name: "PORTHOLE_CONFIG" } as const;
  await expectConfigError(
    { flags: { config: { value: "/etc/x.yml", source } } },
    '"/etc/x.yml"',
    "PORTHOLE_CONFIG",
    "config_not_found",
  );
});

Deno.test("a file that cannot be read is an error, also under a default name", async () => {
  const errors: [Error, string][] = [
    [new Deno.errors.IsADirectory("x"), "it is a directory"],
    [new Deno.errors.PermissionDenied("x"), "permission denied"],
    [new Error("disk on fire"), "disk on fire"],
  ];
  for (const [error, reason] of errors) {
    const message =
      `Cannot read the configuration file "ecspresso.yml": ${reason}`;
    await expectConfigError({ files: { "ecspresso.yml": error } }, message);
  }
});

Deno.test("flags win over the file", async () => {
  const { config } = await load({
    files: {
      "ecspresso.yml":
        "region: a\ncluster: b\nservice: c\ntimeout: 1m\nexec: {session: plugin}",
    },
    flags: {
      region: flag("r", "--region"),
      cluster: { value: "prod", source: { kind: "target" } },
      service: {
        value: "web",
        source: { kind: "env", name: "PORTHOLE_SERVICE" },
      },
      timeoutMs: { value: 0, source: { kind: "flag", name: "--timeout" } },
    },
    session: { value: "builtin", source: { kind: "flag", name: "--session" } },
  });
  assert.deepEqual(
    [
      config.region,
      config.cluster,
      config.service,
      config.timeoutMs,
      config.session,
    ]
      .map((setting) => [setting?.value, setting?.source.kind]),
    [["r", "flag"], ["prod", "target"], ["web", "env"], [0, "flag"], [
      "builtin",
      "flag",
    ]],
  );
});

Deno.test("a variable as shells write it is refused with its place and the template, where its value is read", async () => {
  const text = [
    "region: ${AWS_REGION}",
    "cluster: $CLUSTER",
    'service: "${SERVICE:-worker}"',
    "exec: {docker: {host: 'ssh://ec2-user@${HOST}'}}",
    "timeout: ${TIMEOUT}",
  ];
  const expected = [
    "{{ must_env `AWS_REGION` }}",
    "{{ must_env `CLUSTER` }}",
    "{{ env `SERVICE` `worker` }}",
    "{{ must_env `HOST` }}",
    "{{ must_env `TIMEOUT` }}",
  ];
  for (const [at, line] of text.entries()) {
    const error = await load({ files: { "ecspresso.yml": line } })
      .catch((error: PortholeError) => error);
    assert(error instanceof PortholeError, line);
    assert.equal(error.code, "config_invalid");
    assert.match(error.message, /^Cannot use ecspresso\.yml:1:\d+: /);
    assert.deepEqual(error.hints, [`Write it as ${expected[at]}`]);
  }
  const { config } = await load({
    files: { "ecspresso.yml": text.slice(0, 3).join("\n") },
    flags: {
      region: flag("eu-west-1", "--region"),
      cluster: flag("main", "--cluster"),
      service: flag("web", "--service"),
    },
  });
  assert.equal(config.service?.value, "web");
  // A shell line may have them, and so may a path.
  await load({
    files: {
      "ecspresso.yml": 'filter_command: "fzf $OPTS"\nexec: {shell: /$X}',
    },
  });
});

Deno.test("the region comes from the file, then AWS's variables, then the profile", async () => {
  const files = { "ecspresso.yml": "region: from-file" };
  const variables = {
    AWS_REGION: "from-region",
    AWS_DEFAULT_REGION: "from-default",
  };
  const profiles = { default: "from-profile", dev: "from-dev" };
  const regionOf = async (world: Parameters<typeof load>[0]) =>
    (await load(world)).config.region;
  assert.equal(
    (await regionOf({ files, variables, profiles }))?.value,
    "from-file",
  );
  assert.deepEqual(await regionOf({ variables, profiles }), {
    value: "from-region",
    source: { kind: "env", name: "AWS_REGION" },
  });
  assert.equal(
    (await regionOf({
      variables: { AWS_REGION: "", AWS_DEFAULT_REGION: "d" },
      profiles,
    }))?.value,
    "d",
  );
  assert.deepEqual(await regionOf({ profiles }), {
    value: "from-profile",
    source: { kind: "aws_profile", profile: "default" },
  });
  assert.equal(
    (await regionOf({ profiles, variables: { AWS_PROFILE: "dev" } }))?.value,
    "from-dev",
  );
  assert.equal(await regionOf({}), undefined);
});

Deno.test("the profile comes from the flag, then AWS_PROFILE", async () => {
  const variables = { AWS_PROFILE: "dev" };
  assert.deepEqual((await load({ variables })).config.profile, {
    value: "dev",
    source: { kind: "env", name: "AWS_PROFILE" },
  });
  const { config } = await load({
    variables,
    flags: { profile: flag("prod", "--profile") },
    profiles: { prod: "p", dev: "d" },
  });
  assert.equal(config.profile?.value, "prod");
  assert.equal(config.region?.value, "p");
});

Deno.test("a profile that only a variable names is nowhere taken for --profile", async () => {
  const typed: unknown[] = [];
  for (const flags of [{}, { profile: flag("prod", "--profile") }]) {
    const { config } = await load({
      variables: { AWS_PROFILE: "dev" },
      flags,
      files: { "ecspresso.yml": "cluster: '{{ ssm `/cluster` }}'\n" },
      findProfileRegion(profile) {
        typed.push(profile);
        return Promise.resolve({ warnings: [], region: "r" });
      },
      createParameterReader({ profile }) {
        typed.push(profile);
        return () => Promise.resolve({ value: "main", list: false });
      },
    });
    assert.equal(config.cluster.value, "main");
  }
  assert.deepEqual(typed, [undefined, undefined, "prod", "prod"]);
});

Deno.test("the profile's region is asked for only when nothing else names one", async () => {
  const readInstanceRegion = () => assert.fail("asked");
  await load({ flags: { region: flag("r", "--region") }, readInstanceRegion });
});
