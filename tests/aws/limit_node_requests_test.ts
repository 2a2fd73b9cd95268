import assert from "node:assert/strict";
import { createAws } from "../../src/aws/create_aws.ts";
import { limitNodeRequests } from "../../src/aws/limit_node_requests.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { withAwsEnv } from "./api_server.ts";

/** The first limits count: those of this process. */
limitNodeRequests(() => {}, { totalMs: 1_000, answerBytes: 64 * 1024 });

const KEYS = JSON.stringify({
  Code: "Success",
  AccessKeyId: "AKIDHOST",
  SecretAccessKey: "secret",
  Token: "token",
  Expiration: "2099-01-01T00:00:00Z",
});

/** Gets credentials of a service on this machine that answers with `body`. */
async function find(
  source: "container" | "instance",
  body: () => BodyInit,
): Promise<string> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    ({ url }) => new Response(url.endsWith("/") ? "role" : body()),
  );
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  let found = "";
  await withAwsEnv(
    source === "container"
      ? { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/keys` }
      : {
        AWS_EC2_METADATA_DISABLED: "false",
        AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint,
      },
    async () => {
      const aws = createAws({
        ...createRealDeps(),
        region: "us-east-1",
        profile: undefined,
      });
      try {
        found = (await aws.credentials()).accessKeyId;
      } catch (error) {
        assert.ok(error instanceof PortholeError, String(error));
        found = error.message.replace(endpoint, "ENDPOINT");
      }
    },
  );
  void server.shutdown();
  return found;
}

function endless(chunk: string, pauseMs: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode(chunk));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    },
  });
}

/** The answers that were given up are left to themselves. */
const options = { sanitizeOps: false, sanitizeResources: false };

for (const source of ["container", "instance"] as const) {
  Deno.test({
    name: `the ${source}'s credentials are read, up to a limit`,
    ...options,
    fn: async () => {
      assert.equal(await find(source, () => KEYS), "AKIDHOST");
      assert.equal(
        await find(source, () => endless(" ".repeat(100_000), 0)),
        'Cannot reach "ENDPOINT": its answer is longer than 64 KiB',
      );
    },
  });
}

// The SDK asks a container's service four times, with a second between.
Deno.test({
  name: "credentials that drip are not waited for",
  ...options,
  fn: async () => {
    assert.equal(
      await find("instance", () => endless(" ", 20)),
      'Cannot reach "ENDPOINT": no whole answer within 1 s',
    );
  },
});
