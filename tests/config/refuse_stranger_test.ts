import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { findFile } from "../../src/config/find_file.ts";
import { load, type World } from "./load.ts";

const STRANGER = 1001;
const FILE = `
cluster: main
filter_command: fzf
exec:
  route: docker
  docker:
    host: ssh://evil.test
    tls: {ca: ca.pem, cert: cert.pem, key: key.pem, server_name: evil.test}
`;

function loadOwned(
  owners: readonly number[],
  world: World = {},
): ReturnType<typeof load> {
  return load({
    files: { "ecspresso.yml": FILE },
    owners: { "ecspresso.yml": owners },
    ...world,
  });
}

const REFUSED = [
  "filterCommand",
  "dockerHost",
  "dockerTls",
  "dockerCa",
  "dockerCert",
  "dockerKey",
  "dockerServerName",
] as const;

Deno.test("a stranger's file in the directory starts nothing, and is otherwise read", async () => {
  const { config, warnings } = await loadOwned([STRANGER]);
  for (const name of REFUSED) assert.equal(config[name], undefined, name);
  assert.equal(config.cluster.value, "main");
  assert.equal(config.via.value, "docker");
  assert.deepEqual(warnings, [
    "ecspresso.yml belongs to user 1001, not to you: filter_command, exec.docker.host, exec.docker.tls.ca, exec.docker.tls.cert, exec.docker.tls.key, exec.docker.tls.server_name in it are ignored; --config ecspresso.yml trusts it",
  ]);
});

Deno.test("exec.docker.tls: false is not a stranger's to say", async () => {
  const { config, warnings } = await loadOwned([STRANGER], {
    files: { "ecspresso.yml": "exec: {docker: {tls: false}}\n" },
  });
  assert.equal(config.dockerTls, undefined);
  assert.match(warnings.join(), /: exec\.docker\.tls in it is ignored;/);
});

Deno.test("a stranger's file that sets nothing of the kind is told of too", async () => {
  const { warnings } = await loadOwned([STRANGER], {
    files: { "ecspresso.yml": "cluster: main\n" },
  });
  assert.deepEqual(warnings, [
    "ecspresso.yml belongs to user 1001, not to you; --config ecspresso.yml trusts it",
  ]);
});

Deno.test("nobody is asked for what a stranger may not set", async () => {
  const { warnings } = await loadOwned([STRANGER], {
    files: { "ecspresso.yml": "filter_command: '{{ ssm `/x` }}'\n" },
    createParameterReader: () => () => assert.fail("asked"),
  });
  assert.equal(warnings.length, 1);
});

Deno.test("one's own file is asked for, and chooses a rack in the place of AWS", async () => {
  const { config } = await loadOwned([1000], {
    files: { "ecspresso.yml": "filter_command: '{{ ssm `/x` }}'\n" },
    createParameterReader: () => () =>
      Promise.resolve({ value: "fzf", list: false }),
  });
  assert.equal(config.filterCommand?.value, "fzf");
  const chosen = await loadOwned([1000], {
    files: {
      "ecspresso.yml": "region: '{{ ssm `/x` }}'\nexec: {rack: blue}\n",
    },
    createParameterReader: () => () => assert.fail("asked"),
  });
  assert.equal(chosen.config.rack?.value, "blue");
});

Deno.test("a default name is no pipe to wait for; what was named may be one", async () => {
  const options: unknown[] = [];
  const deps = {
    cwd: () => "/proj",
    env: () => undefined,
    userId: () => 1000,
    readTextFile: (_: string, given?: object) => {
      options.push(given);
      return Promise.resolve("named");
    },
    readOwnedFile: (_: string, given?: object) => {
      options.push(given);
      return Promise.resolve({ text: "found", owners: [1000] });
    },
  };
  const mostBytes = 1024 * 1024;
  assert.equal((await findFile(undefined, deps))?.text, "found");
  const named = { value: "x", source: { kind: "flag", name: "--config" } };
  assert.equal((await findFile(named as never, deps))?.text, "named");
  assert.deepEqual(options, [{ mostBytes, pipes: false }, { mostBytes }]);
});

Deno.test("a link of a stranger's is no better than a file of his", async () => {
  for (const owners of [[STRANGER, 1000], [1000, STRANGER]]) {
    const { config } = await loadOwned(owners);
    assert.equal(config.filterCommand, undefined);
  }
});

Deno.test("a stranger chooses no rack, and what he says of AWS's side stays what it is", async () => {
  const text = "region: us-east-1\nexec: {rack: blue}\n";
  const world = { files: { "ecspresso.yml": text } };
  const { config, warnings } = await loadOwned([STRANGER], world);
  assert.equal(config.rack, undefined);
  assert.equal(config.region?.value, "us-east-1");
  assert.match(warnings.join(), /: exec\.rack in it is ignored;/);
  const own = await loadOwned([1000], world);
  assert.equal(own.config.rack?.value, "blue");
  // What would not be read with that rack is read, its templates too.
  const asked = await loadOwned([STRANGER], {
    files: {
      "ecspresso.yml": "exec: {rack: blue, route: '{{ ssm `/x` }}'}\n",
    },
    createParameterReader: () => () =>
      Promise.resolve({ value: "docker", list: false }),
  });
  assert.equal(asked.config.via.value, "docker");
});

Deno.test("a value of the Parameter Store is marked as one that is not for showing, one of a list too", async () => {
  for (const list of [true, false]) {
    const { config } = await loadOwned([1000], {
      files: {
        "ecspresso.yml": `service: '{{ ssm "/x"${list ? " 1" : ""} }}'\n`,
      },
      createParameterReader: () => () =>
        Promise.resolve({ value: list ? "a,s3cret" : "s3cret", list }),
    });
    assert.equal(config.service?.value, "s3cret");
    const { source } = config.service;
    assert.equal(source.kind === "file" && source.secret, 'ssm "/x"');
  }
});

Deno.test("no template of a project's sees the token in PORTHOLE_RACK", async () => {
  const { config } = await loadOwned([1000], {
    files: {
      "ecspresso.yml":
        'cluster: \'{{ env "PORTHOLE_RACK" "none" }}-{{ env "PORTHOLE_X" "" }}\'\n',
    },
    variables: { PORTHOLE_RACK: "https://x:s3cret@h", PORTHOLE_X: "seen" },
  });
  assert.equal(config.cluster.value, "none-seen");
});

for (
  const [who, owners, world] of [
    ["the user's own", [1000], {}],
    ["root's", [0], {}],
    ["a link of root's to the user's own", [0, 1000], {}],
    ["under sudo, the caller's", [STRANGER], {
      userId: 0,
      variables: { SUDO_UID: "1001" },
    }],
    ["where files have no owners, any", [], {}],
    ["named by --config, anybody's", [STRANGER], {
      flags: {
        config: {
          value: "ecspresso.yml",
          source: { kind: "flag", name: "--config" },
        },
      },
    }],
    ["named by PORTHOLE_CONFIG, anybody's", [STRANGER], {
      flags: {
        config: {
          value: "ecspresso.yml",
          source: { kind: "env", name: "PORTHOLE_CONFIG" },
        },
      },
    }],
  ] as const satisfies readonly (readonly [string, readonly number[], World])[]
) {
  Deno.test(`a file is trusted: ${who}`, async () => {
    const { config, warnings } = await loadOwned(owners, world);
    assert.equal(config.filterCommand?.value, "fzf");
    assert.equal(config.dockerHost?.value, "ssh://evil.test");
    assert.deepEqual(warnings, []);
  });
}

Deno.test("SUDO_UID trusts nobody where porthole is not root", async () => {
  const { config } = await loadOwned([STRANGER], {
    variables: { SUDO_UID: "1001" },
  });
  assert.equal(config.filterCommand, undefined);
});

Deno.test("a stranger's Jsonnet is not evaluated", async () => {
  await assert.rejects(
    load({
      files: { "ecspresso.jsonnet": "{}" },
      owners: { "ecspresso.jsonnet": [STRANGER] },
      isExecutable: () => Promise.resolve(true),
    }),
    (error) => {
      assert.ok(error instanceof PortholeError);
      assert.equal(error.code, "config_invalid");
      assert.match(error.message, /belongs to user 1001, not to you, and/);
      assert.match(error.hint ?? "", /--config ecspresso\.jsonnet trusts it/);
      return true;
    },
  );
});
