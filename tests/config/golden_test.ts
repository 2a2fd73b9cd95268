import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { describeSource } from "../../src/output/describe_source.ts";
import type { LoadedConfig } from "../../src/config/load_config.ts";
import { type GoldenCase, readCases } from "./golden_case.ts";
import { load } from "./load.ts";

/** Set, it writes what comes of the cases into their files, for `git diff` to show. */
const update = Deno.env.get("UPDATE_GOLDEN") === "1";

const good = await readCases(new URL("./good", import.meta.url));
const bad = await readCases(new URL("./bad", import.meta.url));

Deno.test("there are cases enough", () => {
  assert.ok(good.length >= 20, `${good.length} good`);
  assert.ok(bad.length >= 30, `${bad.length} bad`);
});

for (const golden of good) {
  Deno.test(`good configuration: ${nameOf(golden)}`, async () => {
    await compare(golden, "result", describe(await load(golden.world)));
  });
}

for (const golden of bad) {
  Deno.test(`bad configuration: ${nameOf(golden)}`, async () => {
    const error = await load(golden.world).then(
      () => assert.fail("no error"),
      (error) => error,
    );
    assert.ok(error instanceof PortholeError, String(error));
    await compare(golden, "error", `${tell(error)}\n`);
  });
}

function nameOf({ path }: GoldenCase): string {
  return path.replace(/^.*\/|\.txt$/g, "").replaceAll("_", " ");
}

async function compare(
  { path, given, expected }: GoldenCase,
  header: string,
  actual: string,
): Promise<void> {
  if (update && actual !== expected) {
    await Deno.writeTextFile(path, `${given}-- ${header} --\n${actual}`);
  } else assert.equal(actual, expected, path);
}

function tell({ code, message, hint }: PortholeError): string {
  return [
    `${code}: ${message}`,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join("\n");
}

function describe({ config, warnings }: LoadedConfig): string {
  const { region, profile, cluster, service, timeoutMs, session, shell } =
    config;
  const settings = {
    region,
    profile,
    cluster,
    service,
    timeoutMs,
    session,
    shell,
  };
  const lines = Object.entries(settings).flatMap(([name, setting]) =>
    setting === undefined
      ? []
      : [`${name} = ${setting.value} (${describeSource(setting.source)})`]
  );
  return [...lines, ...warnings.map((warning) => `warning: ${warning}`), ""]
    .join("\n");
}
