import assert from "node:assert/strict";
import { findProfileRegion } from "../../src/aws/find_profile_region.ts";
import { readAwsFiles } from "../../src/aws/read_aws_files.ts";
import { PortholeError } from "../../src/errors.ts";

/** A home with these files; an error is what reading one rejects with. */
async function look(
  { files = {}, env = {}, profile }: {
    readonly files?: Readonly<Record<string, string | Error>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly profile?: string;
  },
) {
  const variables: Readonly<Record<string, string>> = { HOME: "/home", ...env };
  const deps = {
    env: (name: string) => variables[name],
    readTextFile: (path: string) => {
      const file = files[path];
      return typeof file === "string"
        ? Promise.resolve(file)
        : Promise.reject(file ?? new Deno.errors.NotFound(path));
    },
  };
  const read = await readAwsFiles(deps);
  return { files: read, ...findProfileRegion(read, profile, deps.env) };
}

const KEYS = {
  AWS_ACCESS_KEY_ID: "AKID",
  AWS_SECRET_ACCESS_KEY: "secret",
};
const DENIED = new Deno.errors.PermissionDenied("permission denied");

Deno.test("the region is that of --profile, then the environment's, then default", async () => {
  const files = {
    "/home/.aws/config":
      "[default]\nregion = d\n[profile a]\nregion = a\n[profile b]\nregion = b\n",
  };
  assert.equal((await look({ files })).region, "d");
  assert.equal((await look({ files, profile: "a" })).region, "a");
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
    assert.equal((await look({ files, env: { [name]: "b" } })).region, "b");
  }
  const both = await look({
    files,
    env: { AWS_PROFILE: "a", AWS_DEFAULT_PROFILE: "b" },
  });
  assert.equal(both.region, "b");
  assert.match(both.warnings[0] ?? "", /AWS_DEFAULT_PROFILE \(b\) wins/);
});

Deno.test("the files are those that the variables name, with ~ and $NAME", async () => {
  const files = {
    "/home/x/config": "[profile a]\nregion = a\n",
    "/elsewhere/keys": "[a]\nregion = k\n",
  };
  const env = {
    AWS_CONFIG_FILE: "~/x/config",
    AWS_SHARED_CREDENTIALS_FILE: "${PLACE}/keys",
    PLACE: "/elsewhere",
  };
  assert.equal((await look({ files, env, profile: "a" })).region, "k");
  const { problem } = await look({ files, env, profile: "z" });
  assert(problem instanceof PortholeError);
  assert.equal(
    problem.message,
    'Cannot use AWS profile "z": it is in neither "/home/x/config" (AWS_CONFIG_FILE) nor "/elsewhere/keys" (AWS_SHARED_CREDENTIALS_FILE)',
  );
});

Deno.test("a file that cannot be read is one warning where nothing was to come from it", async () => {
  for (
    const [file, reason] of [
      [DENIED, "its permissions do not allow it"],
      [new Deno.errors.IsADirectory("it is a directory"), "it is a directory"],
      ["\uFFFD\uFFFD[\0d\0]\0", "UTF-16"],
      ["[default]\nhunter2\n", "line 2"],
    ] as const
  ) {
    const files: Record<string, string | Error> = {
      "/home/.aws/config": file,
    };
    const { warnings, problem } = await look({ files, env: KEYS });
    assert.equal(warnings.length, 1, reason);
    assert.match(warnings[0] ?? "", /^Cannot read the AWS configuration/);
    assert.ok(warnings[0]?.includes(reason), String(warnings[0]));
    assert(!warnings[0]?.includes("hunter2"));
    // Whoever needs a region has to be told.
    assert(
      problem instanceof PortholeError && problem.code === "config_invalid",
    );
  }
});

Deno.test("a file that cannot be read is an error, and no warning, where keys were to come from it", async () => {
  const files = { "/home/.aws/credentials": DENIED };
  for (
    const world of [
      { files },
      { files, profile: "dev" },
      { files, env: { AWS_PROFILE: "dev" } },
    ]
  ) {
    const { warnings, problem } = await look(world);
    assert.deepEqual(warnings, []);
    assert.match(problem?.message ?? "", /^Cannot read the AWS credentials/);
  }
});

Deno.test("a home that is not ours to look into takes no container's role away", async () => {
  const { warnings } = await look({
    files: { "/home/.aws/config": DENIED, "/home/.aws/credentials": DENIED },
    env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" },
  });
  assert.equal(warnings.length, 2);
});

Deno.test("what is not there is empty", async () => {
  for (
    const env of [{}, {
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    }]
  ) {
    const { files, region, problem, warnings } = await look({ env });
    assert.equal(files.profiles.size, 0);
    assert.deepEqual([region, problem, warnings], [undefined, undefined, []]);
  }
});
