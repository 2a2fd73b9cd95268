import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({ tasks: { worker: 1 } });
const folder = await Deno.makeTempDir();
const metadata = Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen() {} },
  ({ url }) =>
    new Response(url.endsWith("/region") ? "eu-north-1" : "imds-token"),
);
Deno.test.afterAll(async () => {
  await sandbox.close();
  await metadata.shutdown();
  await Deno.remove(folder, { recursive: true });
});
await Deno.writeTextFile(
  `${folder}/config`,
  `[profile wrong]
aws_access_key_id = AKIDWRONG
aws_secret_access_key = wrong
[profile west]
region = us-west-2
[profile odd]
region = us-west-2
services = nothere
`,
);
const { PORTHOLE_CONFIG: _, ...rest } = sandbox.env;
const env: Readonly<Record<string, string>> = {
  ...rest,
  AWS_CONFIG_FILE: `${folder}/config`,
};

testPorthole(
  "a profile of the environment is no --profile: keys of the environment win",
  async (porthole) => {
    for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
      const { status, stderr } = await porthole.run(["tasks", "worker"], {
        env: { ...env, [name]: "wrong" },
      });
      assert.equal(status, 0, stderr);
    }
    const typed = await porthole.run(
      ["tasks", "worker", "--profile", "wrong"],
      {
        env,
      },
    );
    assert.equal(typed.status, 1);
    assert.match(typed.stderr, /^error: Cannot use the AWS credentials: /m);
  },
);

testOnce(
  "config show names where profile and region come from",
  async (porthole) => {
    const show = async (variables: Readonly<Record<string, string>>) => {
      const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...without } = env;
      const { status, text, stderr } = await porthole.run(
        ["config", "show", "-o", "json"],
        { env: { ...without, ...variables } },
      );
      assert.equal(status, 0, stderr);
      return JSON.parse(text).settings;
    };
    const west = await show({ AWS_DEFAULT_PROFILE: "west" });
    assert.equal(west.profile.source, "AWS_DEFAULT_PROFILE");
    assert.deepEqual(west.region, {
      value: "us-west-2",
      source: "AWS profile west",
    });
    const instance = await show({
      AWS_EC2_METADATA_DISABLED: "",
      AWS_EC2_METADATA_SERVICE_ENDPOINT:
        `http://127.0.0.1:${metadata.addr.port}`,
    });
    assert.deepEqual(instance.region, {
      value: "eu-north-1",
      source: "instance metadata",
    });
  },
);

testPorthole(
  "services that are not there never lead to the real AWS",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const { status, stderr } = await porthole.run(
      ["exec", "worker", "--", "true"],
      { env: { ...env, AWS_PROFILE: "odd" } },
    );
    assert.equal(status, 0, "the variables come first");
    assert.notEqual(calls.names().length, 0);
    const { AWS_ENDPOINT_URL: _, ...without } = env;
    const real = await porthole.run(["exec", "worker", "--", "true"], {
      env: { ...without, AWS_PROFILE: "odd" },
    });
    assert.equal(real.status, 125, stderr);
    assert.match(
      real.stderr,
      /services, "nothere", is not in ~\/\.aws\/config/,
    );
  },
);

testOnce(
  "a file that cannot be read is a warning where nothing was to come from it",
  async (porthole) => {
    await Deno.writeFile(
      `${folder}/utf16`,
      new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x61, 0, 0x5d, 0]),
    );
    const around = { env: { ...env, AWS_CONFIG_FILE: `${folder}/utf16` } };
    const { status, stderr } = await porthole.run(["tasks", "worker"], around);
    assert.equal(status, 0, stderr);
    assert.equal(stderr.match(/\[warn\].*UTF-16/g)?.length, 1, stderr);
    const needed = await porthole.run(
      ["tasks", "worker", "--profile", "wrong"],
      around,
    );
    assert.equal(needed.status, 1);
    assert.match(
      needed.stderr,
      /^error: Cannot read the AWS configuration.*UTF-16/m,
    );
  },
);

testOnce(
  "what is completed for one account is not told another",
  async (porthole) => {
    const cache = await Deno.makeTempDir({ dir: folder });
    const ask = async (variables: Readonly<Record<string, string>>) => {
      const calls = recordCalls(sandbox);
      const { text } = await porthole.run(
        ["__complete", "services", "--timeout", "20s"],
        {
          env: {
            ...env,
            XDG_CACHE_HOME: cache,
            DENO_DIR: Deno.env.get("DENO_DIR") ??
              `${Deno.env.get("HOME")}/.cache/deno`,
            ...variables,
          },
        },
      );
      return { text, asked: calls.names().length > 0 };
    };
    const first = await ask({});
    assert(first.asked && first.text.includes("worker"));
    assert.deepEqual(await ask({}), { text: first.text, asked: false });
    for (
      const other of [
        { AWS_ACCESS_KEY_ID: "AKIDOTHER" },
        { AWS_PROFILE: "west" },
        { AWS_DEFAULT_PROFILE: "odd" },
        { PORTHOLE_PROFILE: "wrong" },
        { AWS_SHARED_CREDENTIALS_FILE: "/dev/null" },
      ]
    ) {
      assert((await ask(other)).asked, JSON.stringify(other));
    }
  },
);
