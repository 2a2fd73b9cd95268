import assert from "node:assert/strict";
import { createAws } from "../../src/aws/create_aws.ts";
import { type AwsWait, describeWait } from "../../src/aws/watch_calls.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { type ApiAnswer, refuse, serveApi, withAwsEnv } from "./api_server.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" };

/**
 * Calls ListClusters with answers that `answer` gives; `pass` lets the time pass after which a wait is
 * told.
 */
async function call(
  answer: (attempt: number, pass: () => Promise<void>) => Promise<ApiAnswer>,
  { muted = false } = {},
) {
  const waits: AwsWait[] = [];
  const sleeps: number[] = [];
  const late = Promise.withResolvers<void>();
  const pass = async () => {
    late.resolve();
    // What waits for it goes on before this does.
    await new Promise((resolve) => setTimeout(resolve));
  };
  let attempt = 0;
  const api = serveApi(() => answer(++attempt, pass));
  await withAwsEnv({ ...KEYS, AWS_ENDPOINT_URL: api.endpoint }, async () => {
    const aws = createAws({
      ...createRealDeps(),
      region: "us-east-1",
      profile: undefined,
      watch: {
        onCall: () => {},
        onWait: (wait) => waits.push(wait),
        sleep: (ms, signal) => {
          sleeps.push(ms);
          signal?.addEventListener("abort", () => late.resolve());
          return late.promise;
        },
      },
    });
    const unmute = muted ? aws.muteWaits() : () => {};
    await aws.call("ecs", "listClusters", {}, { doing: "list the clusters" });
    unmute();
  });
  await api.close();
  return { waits: waits.map(describeWait), sleeps };
}

const EMPTY = { clusterArns: [] };

Deno.test("nobody is told of a call that is soon answered", async () => {
  const { waits, sleeps } = await call(() => Promise.resolve(EMPTY));
  assert.deepEqual(waits, []);
  assert.deepEqual(sleeps, [3_000]);
});

Deno.test("a call that is not answered for three seconds is told, and each attempt after it", async () => {
  const { waits } = await call(async (attempt, pass) => {
    if (attempt === 3) return EMPTY;
    if (attempt === 1) await pass();
    return refuse("ThrottlingException", "slow down");
  });
  assert.deepEqual(waits, [
    "Waiting for AWS: ECS ListClusters, attempt 1, no answer yet",
    "Waiting for AWS: ECS ListClusters, attempt 2, throttled",
    "Waiting for AWS: ECS ListClusters, attempt 3, throttled",
  ]);
});

Deno.test("nobody is told while the terminal is a session's", async () => {
  const { waits } = await call(async (_, pass) => {
    await pass();
    return EMPTY;
  }, { muted: true });
  assert.deepEqual(waits, []);
});
