import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { projectRoot } from "../../../scripts/project.ts";
import { platforms } from "../../../scripts/release/platforms.ts";

const step = v.looseObject({
  uses: v.optional(v.string()),
  run: v.optional(v.string()),
});
const schema = v.looseObject({
  permissions: v.strictObject({}),
  jobs: v.record(
    v.string(),
    v.looseObject({
      needs: v.optional(v.union([v.string(), v.array(v.string())])),
      permissions: v.record(v.string(), v.picklist(["read", "write"])),
      environment: v.optional(v.string()),
      uses: v.optional(v.string()),
      steps: v.optional(v.array(step), []),
      strategy: v.optional(v.looseObject({
        matrix: v.looseObject({
          include: v.array(v.record(v.string(), v.string())),
        }),
      })),
    }),
  ),
});

const text = readFileSync(
  `${projectRoot}.github/workflows/release.yml`,
  "utf8",
);
const { jobs } = v.parse(schema, parse(text));
const steps = Object.values(jobs).flatMap((job) => job.steps);

Deno.test("each step of the release workflow runs a script that is there", () => {
  const scripts = steps.flatMap(({ run = "" }) =>
    [...run.matchAll(/deno run -A --frozen (\S+)/g)].map(([, path]) => path)
  );
  assert.ok(scripts.length >= 10);
  for (const path of scripts) {
    assert.ok(existsSync(`${projectRoot}${path}`), `${path} is not there`);
  }
});

/** Its commit could not be read from its own repository. */
const BY_TAG = ["actions/download-artifact@v4"];

Deno.test("actions are GitHub's own, come by commit, and are kept up to date", () => {
  const ci = readFileSync(`${projectRoot}.github/workflows/ci.yml`, "utf8");
  const used = [...`${text}\n${ci}`.matchAll(/uses: (?!\.\/)(.*)$/gm)]
    .map(([, name = ""]) => name);
  assert.ok(used.length >= 10);
  for (const name of used) {
    if (BY_TAG.includes(name)) continue;
    assert.match(name, /^actions\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
  const { updates } = v.parse(
    v.object({
      updates: v.array(v.object({ "package-ecosystem": v.string() })),
    }),
    parse(readFileSync(`${projectRoot}.github/dependabot.yml`, "utf8")),
  );
  assert.deepEqual(updates.map((each) => each["package-ecosystem"]), [
    "github-actions",
  ]);
});

Deno.test("what has a token that writes is in an environment, with no tools of others beside it", () => {
  for (const name of ["publish", "taps"]) {
    assert.equal(typeof jobs[name]?.environment, "string", name);
  }
  for (const { uses = "", run = "" } of jobs["publish"]?.steps ?? []) {
    assert.match(uses, /^(actions\/|$)/);
    assert.doesNotMatch(run, /deno|npm|npx|curl/);
  }
});

Deno.test("jobs wait for jobs that are there", () => {
  for (const { needs = [] } of Object.values(jobs)) {
    for (const name of [needs].flat()) assert.ok(name in jobs, name);
  }
});

Deno.test("only the job that publishes may write, and it waits for all the others", () => {
  const writers = Object.entries(jobs).filter(([, { permissions }]) =>
    Object.values(permissions).includes("write")
  );
  assert.deepEqual(writers.map(([name]) => name), ["publish"]);
  assert.deepEqual(jobs["publish"]?.needs, ["check", "test", "assemble"]);
  assert.deepEqual(jobs["assemble"]?.needs, ["check", "build"]);
});

Deno.test("the workflow builds each platform, and runs what it has built", () => {
  const built = jobs["build"]?.strategy?.matrix.include.map(({ platform }) =>
    platform
  );
  assert.deepEqual(built, platforms.map(({ os, arch }) => `${os}_${arch}`));
  const runs = jobs["build"]?.steps.flatMap(({ run = [] }) => run) ?? [];
  const place = (script: string) =>
    runs.findIndex((run) => run.endsWith(`/${script}`));
  assert.ok(place("compile.ts") < place("try_binary.ts"));
  assert.ok(place("try_binary.ts") < place("make_archives.ts"));
});

Deno.test("nothing from outside is pasted into a shell's words", () => {
  // What a tag or a title holds could be words of the shell: variables carry it.
  for (const { run = "" } of steps) {
    for (const [, name = ""] of run.matchAll(/\$\{\{\s*([^}]+?)\s*\}\}/g)) {
      assert.match(name, /^matrix\.(file|folder)$/);
    }
  }
});
