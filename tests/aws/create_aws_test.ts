import assert from "node:assert/strict";
import { createAws } from "../../src/aws/create_aws.ts";
import { findProfileRegion } from "../../src/aws/find_profile_region.ts";
import { readAwsFiles } from "../../src/aws/read_aws_files.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { refuse, serveApi, withAwsEnv } from "./api_server.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" };

function aws(profile?: string) {
  return createAws({
    ...createRealDeps(),
    region: "us-east-1",
    profile,
  });
}

async function withConfigFile(
  text: string,
  work: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, text);
  try {
    await work(path);
  } finally {
    await Deno.remove(path);
  }
}

const PROFILES = `
[profile dev]
region = eu-north-1
aws_access_key_id = AKIDPROFILE
aws_secret_access_key = other
`;

Deno.test("createAws refuses to start without a region", () => {
  const settings = { ...createRealDeps(), profile: undefined };
  assert.throws(
    () => createAws({ region: undefined, ...settings }),
    (error) => error instanceof PortholeError && error.code === "no_region",
  );
});

Deno.test("a call is signed with the environment's keys, and names porthole", async () => {
  const api = serveApi(() => ({ clusterArns: [] }));
  await withAwsEnv({
    ...KEYS,
    AWS_SESSION_TOKEN: "tok",
    AWS_ENDPOINT_URL: api.endpoint,
  }, async () => {
    await aws().call("ecs", "listClusters", {}, { doing: "list the clusters" });
  });
  const [request] = api.requests;
  assert.match(
    request?.headers.get("authorization") ?? "",
    /Credential=AKIDENV\/\d{8}\/us-east-1\/ecs\//,
  );
  assert.equal(request?.headers.get("x-amz-security-token"), "tok");
  assert.match(request?.headers.get("user-agent") ?? "", /\bporthole\/\d/);
  await api.close();
});

Deno.test("a throttled call is tried again", async () => {
  let calls = 0;
  const api = serveApi(() =>
    ++calls === 1
      ? refuse("ThrottlingException", "Rate exceeded")
      : { clusterArns: ["arn:x/a"] }
  );
  await withAwsEnv({ ...KEYS, AWS_ENDPOINT_URL: api.endpoint }, async () => {
    assert.deepEqual(
      (await aws().call("ecs", "listClusters", {}, {
        doing: "list the clusters",
      })).clusterArns,
      [
        "arn:x/a",
      ],
    );
  });
  assert.equal(calls, 2);
  await api.close();
});

Deno.test("ECS and SSM each have their own endpoint variable", async () => {
  const ecs = serveApi(() => ({ clusterArns: [] }));
  const ssm = serveApi(() => ({ SessionId: "s", TokenValue: "t" }));
  const endpoints = {
    AWS_ENDPOINT_URL_ECS: ecs.endpoint,
    AWS_ENDPOINT_URL_SSM: ssm.endpoint,
  };
  await withAwsEnv({ ...KEYS, ...endpoints }, async () => {
    const both = aws();
    await both.call("ecs", "listClusters", {}, { doing: "list the clusters" });
    await both.call("ssm", "resumeSession", { SessionId: "s" }, {
      doing: "resume the session",
    });
    assert.equal(await both.ssmEndpoint(), ssm.endpoint);
  });
  assert.deepEqual(ecs.requests.map(({ operation }) => operation), [
    "ListClusters",
  ]);
  assert.deepEqual(ssm.requests.map(({ operation }) => operation), [
    "ResumeSession",
  ]);
  await ecs.close();
  await ssm.close();
});

Deno.test("the SSM endpoint is AWS's where none is set", async () => {
  await withAwsEnv(KEYS, async () => {
    assert.equal(
      await aws().ssmEndpoint(),
      "https://ssm.us-east-1.amazonaws.com",
    );
  });
});

Deno.test("a profile named on the command line wins over the environment's keys, AWS_PROFILE does not", async () => {
  await withConfigFile(PROFILES, async (path) => {
    await withAwsEnv(
      { ...KEYS, AWS_CONFIG_FILE: path, AWS_PROFILE: "dev" },
      async () => {
        assert.equal((await aws().credentials()).accessKeyId, "AKIDENV");
        assert.equal(
          (await aws("dev").credentials()).accessKeyId,
          "AKIDPROFILE",
        );
      },
    );
    await withAwsEnv(
      { AWS_CONFIG_FILE: path, AWS_PROFILE: "dev" },
      async () => {
        assert.equal((await aws().credentials()).accessKeyId, "AKIDPROFILE");
      },
    );
  });
});

Deno.test("a named profile's endpoint_url is used", async () => {
  const api = serveApi(() => ({ clusterArns: [] }));
  await withConfigFile(
    `${PROFILES}endpoint_url = ${api.endpoint}\n`,
    async (path) => {
      await withAwsEnv({ AWS_CONFIG_FILE: path }, async () => {
        await aws("dev").call("ecs", "listClusters", {}, {
          doing: "list the clusters",
        });
      });
    },
  );
  assert.equal(api.requests.length, 1);
  await api.close();
});

Deno.test("credentials explains that there are none, or no such profile", async () => {
  await withAwsEnv({}, async () => {
    for (const profile of [undefined, "nope"]) {
      await assert.rejects(
        aws(profile).credentials(),
        (error) =>
          error instanceof PortholeError && error.code === "no_credentials",
      );
    }
  });
});

Deno.test("credentials asks its source again when told to", async () => {
  await withAwsEnv(KEYS, async () => {
    const one = aws();
    assert.equal((await one.credentials()).accessKeyId, "AKIDENV");
    Deno.env.set("AWS_ACCESS_KEY_ID", "AKIDNEW");
    assert.equal(
      (await one.credentials({ forceRefresh: true })).accessKeyId,
      "AKIDNEW",
    );
  });
});

Deno.test("signUpgrade signs with the clock that AWS's answers corrected", async () => {
  const future = new Date(Date.now() + 24 * 3600 * 1000);
  const api = serveApi(() =>
    new Response('{"clusterArns":[]}', {
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "date": future.toUTCString(),
      },
    })
  );
  await withAwsEnv({ ...KEYS, AWS_ENDPOINT_URL: api.endpoint }, async () => {
    const one = aws();
    await one.call("ecs", "listClusters", {}, { doing: "list the clusters" });
    const headers = await one.signUpgrade(
      "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s",
    );
    assert.equal(
      headers["X-Amz-Date"]?.slice(0, 8),
      future.toISOString().slice(0, 10).replaceAll("-", ""),
    );
    assert.match(
      headers["Authorization"] ?? "",
      /\/us-east-1\/ssmmessages\/aws4_request/,
    );
  });
  await api.close();
});

async function readRegion(profile?: string): Promise<string | undefined> {
  const deps = createRealDeps();
  return findProfileRegion(await readAwsFiles(deps), profile, deps.env).region;
}

Deno.test("findProfileRegion finds the named profile, AWS_PROFILE's, or none", async () => {
  await withConfigFile(PROFILES, async (path) => {
    await withAwsEnv({ AWS_CONFIG_FILE: path }, async () => {
      assert.equal(await readRegion("dev"), "eu-north-1");
      assert.equal(await readRegion(), undefined);
      Deno.env.set("AWS_PROFILE", "dev");
      assert.equal(await readRegion(), "eu-north-1");
    });
  });
  await withAwsEnv({ AWS_CONFIG_FILE: "/nonexistent" }, async () => {
    assert.equal(await readRegion("dev"), undefined);
  });
});

Deno.test("a region or an endpoint that can be none is refused before any call", () => {
  const create = (region: string, variables: Record<string, string> = {}) =>
    createAws({
      ...createRealDeps(),
      region,
      profile: undefined,
      env: (name) => variables[name],
    });
  assert.throws(() => create("us east"), {
    code: "config_invalid",
    message: 'Cannot use "us east": it is not the name of a region',
  });
  for (const value of ["foo", "ftp://example.com"]) {
    assert.throws(() => create("us-east-1", { AWS_ENDPOINT_URL_SSM: value }), {
      code: "config_invalid",
      message:
        `Cannot use AWS_ENDPOINT_URL_SSM, "${value}": it is not an HTTP address`,
    });
  }
  create("us-east-1", { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
});
