import assert from "node:assert/strict";
import { ECS } from "@aws-sdk/client-ecs";
import { createAws } from "../../src/aws/create_aws.ts";
import { explainAwsError } from "../../src/aws/explain_aws_error.ts";
import { hideSecrets } from "../../src/aws/hide_secrets.ts";
import { signUpgrade } from "../../src/aws/sign_upgrade.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { serveApi } from "./api_server.ts";

const SECRET = "hunter2hunter2";
const KEYS = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: SECRET };

function aws(variables: Readonly<Record<string, string>>) {
  return createAws({
    ...createRealDeps(),
    env: (name) =>
      ({
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
        AWS_MAX_ATTEMPTS: "1",
        ...variables,
      } as Readonly<Record<string, string>>)[name],
    region: "us-east-1",
    profile: undefined,
  });
}

/** Everything that may be shown of an error. */
function tell(error: unknown): string {
  assert(error instanceof PortholeError, String(error));
  return [error.message, error.hint, error.stack].join("\n");
}

Deno.test("a line end behind a key, as Windows' files have it, is left away", async () => {
  const api = serveApi(() => ({ clusterArns: [] }));
  await aws({
    AWS_ACCESS_KEY_ID: "AKID\r",
    AWS_SECRET_ACCESS_KEY: `${SECRET}\r\n`,
    AWS_SESSION_TOKEN: `${SECRET}\r`,
    AWS_ENDPOINT_URL: api.endpoint,
  }).call("ecs", "listClusters", {}, { doing: "list the clusters" });
  const headers = api.requests[0]?.headers;
  assert.equal(headers?.get("x-amz-security-token"), SECRET);
  assert.match(headers?.get("authorization") ?? "", /Credential=AKID\//);
  await api.close();
});

for (
  const name of [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
  ]
) {
  for (
    const mark of ["\n", "\r\n", "\0", "\x1b[2J", "\x7f", "\u0085", "\u202e"]
  ) {
    Deno.test(`${name} with ${JSON.stringify(mark)} in it is refused by its name`, async () => {
      const one = aws({ ...KEYS, [name]: `${SECRET}${mark}x-evil: 1` });
      const asked = one.call("ecs", "listClusters", {}, {
        doing: "list the clusters",
      });
      await assert.rejects(asked, (error) => {
        assert(error instanceof PortholeError, String(error));
        assert.equal(error.code, "no_credentials");
        assert.match(error.message, new RegExp(`^Cannot use ${name}: `));
        assert(!tell(error).includes(SECRET), tell(error));
        return true;
      });
    });
  }
}

Deno.test("no text of a runtime's complaint about a header is passed on", () => {
  for (
    const error of [
      new TypeError(`Invalid header value: "${SECRET}"`),
      new TypeError(`Headers.append: ${SECRET} is not valid`),
    ]
  ) {
    const explained = explainAwsError(error, { doing: "list the tasks" });
    assert(!tell(explained).includes(SECRET));
    assert.match(explained.message, /^Cannot list the tasks: /);
  }
});

Deno.test("a signature that AWS quotes is not shown", () => {
  const explained = explainAwsError(
    new Error(
      `odd: AWS4-HMAC-SHA256 Credential=AKID/2026, Signature=${SECRET}`,
    ),
    { doing: "list the tasks" },
  );
  assert(!explained.message.includes(SECRET), explained.message);
});

Deno.test("an endpoint with a password is refused without it", () => {
  for (
    const value of [
      `https://user:${SECRET}@ecs.example.com`,
      `http://${SECRET}@127.0.0.1`,
      `user:${SECRET}@ecs.example.com`,
      `ftp://user:${SECRET}@x`,
      `https://user:${SECRET}@ no address`,
    ]
  ) {
    for (
      const name of [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_ECS",
        "AWS_ENDPOINT_URL_SSO_OIDC",
      ]
    ) {
      assert.throws(() => aws({ ...KEYS, [name]: value }), (error) => {
        assert(!tell(error).includes(SECRET), tell(error));
        assert(tell(error).includes(name));
        return true;
      });
    }
  }
});

Deno.test("a region out of a file is named by its place", () => {
  assert.throws(
    () =>
      createAws({
        ...createRealDeps(),
        region: `${SECRET} `,
        regionSource: "ecspresso.yml:1:9",
        profile: undefined,
      }),
    (error) => {
      assert(!tell(error).includes(SECRET));
      assert.match(tell(error), /the region of ecspresso\.yml:1:9/);
      return true;
    },
  );
});

Deno.test("a stream URL that is none is not shown", async () => {
  for (
    const url of [
      `wss//x/v1/data-channel/s?token=${SECRET}`,
      SECRET,
      `wss://x/%E0%A4%A/${SECRET}`,
      "",
    ]
  ) {
    await assert.rejects(
      signUpgrade(url, {
        region: "us-east-1",
        credentials: { accessKeyId: "A", secretAccessKey: "B" },
        now: new Date(0),
        sha256: new ECS({ region: "us-east-1" }).config.sha256,
      }),
      (error) => {
        assert(!tell(error).includes(SECRET), tell(error));
        return error instanceof PortholeError &&
          error.code === "session_refused";
      },
    );
  }
});

Deno.test("hideSecrets finds a value as it is and as JSON has it, and short ones as words", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [`Value '${SECRET}' is bad`, [SECRET], "Value '…' is bad"],
    ['got "a\\nb\\"c"', ['a\nb"c'], 'got "…"'],
    ["at 1 of 11.1 items", ["1"], "at … of 11.1 items"],
    ["abcdef abc", ["abc", "abcdef"], "… …"],
    ["nothing", [""], "nothing"],
    ["a.*b (axxb)", ["a.*b"], "… (axxb)"],
  ];
  for (const [text, secrets, hidden] of cases) {
    assert.equal(hideSecrets(text, secrets), hidden);
  }
});
