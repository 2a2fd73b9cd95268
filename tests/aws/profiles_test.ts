import assert from "node:assert/strict";
import { dirname } from "node:path";
import { createAws } from "../../src/aws/create_aws.ts";
import { findProfileRegion } from "../../src/aws/find_profile_region.ts";
import { readAwsFiles } from "../../src/aws/read_aws_files.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { withAwsEnv } from "./api_server.ts";
import { PLAIN, PROFILE_CASES, type ProfileCase } from "./profile_cases.ts";
import { startStandInAws } from "./start_stand_in_aws.ts";

const world = await startStandInAws();
Deno.test.afterAll(() => world.close());

/** Puts the case's files where they belong; resolves with its environment. */
async function setUp(
  { config, credentials, files = {}, env = {} }: ProfileCase,
): Promise<Readonly<Record<string, string>>> {
  const fill = (text: string) =>
    text.replaceAll(PLAIN, world.plain).replaceAll("HOME/", `${world.home}/`);
  await Deno.remove(`${world.home}/.aws`, { recursive: true }).catch(() => {});
  await Deno.remove(`${world.home}/token`).catch(() => {});
  const all: Readonly<Record<string, string | Uint8Array | undefined>> = {
    ".aws/config": typeof config === "string" ? fill(config) : config,
    ".aws/credentials": credentials,
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    if (content === undefined) continue;
    await Deno.mkdir(dirname(`${world.home}/${path}`), { recursive: true });
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(`${world.home}/${path}`, bytes);
  }
  const own = Object.entries(env).map(([name, value]) => [name, fill(value)]);
  return { ...world.env, ...Object.fromEntries(own) };
}

async function listClusters(
  { profile, region }: ProfileCase,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const deps = {
    ...createRealDeps(),
    env: (name: string) => variables[name],
  };
  const files = await readAwsFiles(deps);
  const found = findProfileRegion(files, profile, deps.env);
  const aws = createAws({
    ...deps,
    region: region ?? found.region ?? "us-east-1",
    profile,
    files,
  });
  try {
    await aws.call("ecs", "listClusters", {}, { doing: "list the clusters" });
  } catch (error) {
    throw aws.explain(error, { doing: "list the clusters" });
  }
}

for (const row of PROFILE_CASES) {
  Deno.test({
    name: `AWS profile: ${row.name}`,
    // Connections to the stand-in end whenever they are dropped.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const variables = await setUp(row);
      if (row.refuse) world.refuse(...row.refuse);
      world.takeRequests();
      let failure: unknown;
      // The SDK reads where instance metadata is from the process's environment.
      const ofAws = Object.entries(variables)
        .filter(([name]) => name.startsWith("AWS_"));
      await withAwsEnv(Object.fromEntries(ofAws), async () => {
        await listClusters(row, variables).catch((error) => failure = error);
      });
      const requests = world.takeRequests();
      if (row.fails === undefined) {
        if (failure !== undefined) throw failure;
        assert.deepEqual(requests, row.asks);
        return;
      }
      const [code, message, hint] = row.fails;
      assert(failure instanceof PortholeError, String(failure));
      const { hint: advice = "" } = failure;
      assert.equal(failure.code, code, `${failure.message} (${advice})`);
      assert.match(failure.message, message);
      if (hint !== undefined) assert.match(advice, hint);
      assert.doesNotMatch(failure.message, /\bsecret\b/);
    },
  });
}
