import assert from "node:assert/strict";
import * as v from "valibot";
import { parse } from "yaml";
import { projectRoot } from "../../scripts/project.ts";
import { load } from "../config/load.ts";

const folder = `${projectRoot}packaging/bastion/`;
const read = (name: string) => Deno.readTextFile(`${folder}${name}`);

Deno.test("the machine's config.yml is a configuration without a warning", async () => {
  const { config, warnings } = await load({
    files: { "/etc/porthole/config.yml": await read("config.yml") },
  });
  assert.deepEqual(warnings, []);
  assert.equal(config.session?.value, "builtin");
});

Deno.test("cloud-init brings the same configuration, and pins the version that it installs", async () => {
  const text = await read("cloud-init.yml");
  assert.match(text, /^#cloud-config\n/);
  const data = v.parse(
    v.strictObject({
      packages: v.array(v.string()),
      write_files: v.tuple([
        v.strictObject({
          path: v.literal("/etc/porthole/config.yml"),
          permissions: v.literal("0644"),
          content: v.string(),
        }),
      ]),
      runcmd: v.array(v.array(v.string())),
    }),
    parse(text),
  );
  assert.deepEqual(
    parse(data.write_files[0].content),
    parse(await read("config.yml")),
  );
  // Amazon Linux 2023 has curl-minimal, and with "curl" in the list installs none of it
  // (amazonlinux/amazon-linux-2023#150).
  assert.ok(!data.packages.includes("curl"));
  const [provide = [], download = [], install = []] = data.runcmd;
  assert.match(provide.at(-1) ?? "", /^command -v curl /);
  assert.equal(download.at(-2), install.at(-1));
  assert.match(download.at(-1) ?? "", /\/download\/v0\.0\.0-unstamped\//);
  assert.ok(install.includes("VERSION=0.0.0-unstamped"));
});

Deno.test("the instance's role may do what the README asks for the caller, and no more", async () => {
  const policy = v.parse(
    v.strictObject({
      Version: v.literal("2012-10-17"),
      Statement: v.array(v.strictObject({
        Sid: v.pipe(v.string(), v.regex(/^[0-9A-Za-z]+$/)),
        Effect: v.literal("Allow"),
        Action: v.union([v.string(), v.array(v.string())]),
        Resource: v.union([v.string(), v.array(v.string())]),
      })),
    }),
    JSON.parse(await read("instance-role-policy.json")),
  );
  const actions = policy.Statement.flatMap(({ Action }) => Action);
  const readme = await Deno.readTextFile(`${projectRoot}README.md`);
  for (const action of actions) {
    assert.match(action, /^[a-z]+:[A-Z][A-Za-z]+$/);
    assert.ok(readme.includes(action), `README does not name ${action}`);
  }
  const [caller = ""] = readme.match(/\*\*You\*\*[^]*?```\n/) ?? [];
  for (const [action] of caller.matchAll(/[a-z]+:[A-Z][A-Za-z]+/g)) {
    assert.ok(actions.includes(action), `the policy lacks ${action}`);
  }
});
