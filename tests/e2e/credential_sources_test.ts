import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { installStandInPlugin } from "../session/plugin/stand_in_plugin.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ tasks: { worker: 1 } });
const {
  AWS_ACCESS_KEY_ID: accessKeyId = "",
  AWS_SECRET_ACCESS_KEY: secretAccessKey = "",
  PORTHOLE_CONFIG: _,
  ...rest
} = sandbox.env;

/** A role of AssumeRole: credentials with a token, which the other sources hand on. */
const role = await assume();
const asked: string[] = [];
const sources = Deno.serve(
  { port: 0, hostname: "127.0.0.1", onListen() {} },
  (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname === "/federation/credentials") {
      return Response.json({
        roleCredentials: { ...role, expiration: Date.now() + 3_600_000 },
      });
    }
    if (pathname === "/token") {
      return Response.json({
        accessToken: "renewed",
        refreshToken: "next",
        expiresIn: 3600,
      });
    }
    return request.headers.has("dpop")
      ? Response.json({
        accessToken: role,
        refreshToken: "next",
        tokenType: "aws_sigv4",
        expiresIn: 900,
      })
      : new Response("{}", { status: 400 });
  },
);
const home = await Deno.makeTempDir();
Deno.test.afterAll(async () => {
  await sandbox.close();
  await sources.shutdown();
  await Deno.remove(home, { recursive: true });
});

const LOGIN = "arn:aws:iam::123456789012:user/me";
await write(
  ".aws/config",
  `[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
[profile sso]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Dev
[profile login]
login_session = ${LOGIN}
[profile process]
credential_process = "${home}/print keys" --for 'a b'
`,
);
await write(
  "print keys",
  `#!/bin/sh
[ "$*" = "--for a b" ] || exit 9
echo '${
    JSON.stringify({
      Version: 1,
      AccessKeyId: role.accessKeyId,
      SecretAccessKey: role.secretAccessKey,
      SessionToken: role.sessionToken,
    })
  }'
`,
);
await Deno.chmod(`${home}/print keys`, 0o700);

const PAST = "2001-01-01T00:00:00Z";

async function signIn(): Promise<void> {
  const hash = (algorithm: string, name: string) =>
    createHash(algorithm).update(name).digest("hex");
  await write(
    `.aws/sso/cache/${hash("sha1", "corp")}.json`,
    JSON.stringify({
      accessToken: "old",
      expiresAt: PAST,
      clientId: "id",
      clientSecret: "secret",
      refreshToken: "refresh",
      registrationExpiresAt: "2099-01-01T00:00:00Z",
      region: "eu-west-1",
    }),
  );
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await write(
    `.aws/login/cache/${hash("sha256", LOGIN)}.json`,
    JSON.stringify({
      accessToken: { ...role, expiresAt: PAST, accountId: "123456789012" },
      refreshToken: "refresh",
      clientId: "client",
      dpopKey: privateKey.export({ format: "pem", type: "sec1" }),
    }),
  );
}

async function write(path: string, text: string): Promise<void> {
  const whole = `${home}/${path}`;
  await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), {
    recursive: true,
  });
  await Deno.writeTextFile(whole, text);
}

/** Signed by the sandbox's own user. */
async function assume() {
  const { STSClient, AssumeRoleCommand } = await import(
    "@aws-sdk/nested-clients/sts"
  );
  const client = new STSClient({
    region: "us-east-1",
    endpoint: rest["AWS_ENDPOINT_URL"] ?? "",
    credentials: { accessKeyId, secretAccessKey },
  });
  const { Credentials } = await client.send(
    new AssumeRoleCommand({
      RoleArn: "arn:aws:iam::123456789012:role/dev",
      RoleSessionName: "test",
    }),
  );
  client.destroy();
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}

const place = `http://127.0.0.1:${sources.addr.port}`;
const env: Readonly<Record<string, string>> = {
  ...rest,
  HOME: home,
  DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
  AWS_CONFIG_FILE: `${home}/.aws/config`,
  AWS_ENDPOINT_URL_SSO: place,
  AWS_ENDPOINT_URL_SSO_OIDC: place,
  AWS_ENDPOINT_URL_SIGNIN: place,
};

for (
  const [profile, requests] of [
    ["sso", ["/token", "/federation/credentials"]],
    ["login", ["/v1/token"]],
    ["process", []],
  ] as const
) {
  testPorthole(
    `a session with credentials of: ${profile}`,
    async (porthole) => {
      await signIn();
      asked.length = 0;
      const { status, text, stderr } = await porthole.run(
        ["exec", "--profile", profile, "worker", "--", "echo", "done"],
        { env },
      );
      assert.equal(status, 0, stderr);
      assert.equal(text, "done\n");
      assert.deepEqual(asked, requests);
      // What was renewed is kept for the next one, the AWS CLI's too.
      asked.length = 0;
      const again = await porthole.run(
        ["tasks", "--profile", profile, "worker"],
        { env },
      );
      assert.equal(again.status, 0, again.stderr);
      assert.deepEqual(asked, requests.slice(1));
    },
  );
}

testPorthole(
  "the plugin gets the profile's name, and its environment stays as it is",
  async (porthole) => {
    const folder = await Deno.makeTempDir({ dir: home });
    const standIn = await installStandInPlugin(folder, { remote: "echo done" });
    for (
      const [args, variables, name] of [
        [["--profile", "process"], { AWS_PROFILE: "sso" }, "process"],
        [[], { AWS_PROFILE: "process" }, "process"],
        [[], { AWS_DEFAULT_PROFILE: "process" }, "process"],
      ] as const
    ) {
      const { status, stderr } = await porthole.run(
        ["exec", ...args, "worker", "--session=plugin", "--no-shell"]
          .concat("--", "true"),
        {
          env: {
            ...env,
            ...variables,
            PATH: `${folder}:${Deno.env.get("PATH")}`,
          },
        },
      );
      assert.equal(status, 0, stderr);
      assert.equal((await standIn.readArguments())[3], name);
      const inherited = await standIn.readEnvironment();
      for (const [variable, value] of Object.entries(variables)) {
        assert.equal(inherited[variable], value);
      }
    }
  },
);
