import assert from "node:assert/strict";
import {
  buildCompletionModel,
  type CompletionFlag,
} from "../../src/args/completion_model.ts";
import { type Flag, FLAGS } from "../../src/args/flags.ts";
import { VERB_HELP } from "../../src/args/verbs.ts";

const model = buildCompletionModel();
const flags: readonly Flag[] = FLAGS;

function flagsOf(verb: string): readonly CompletionFlag[] {
  return model.verbs.find(({ name }) => name === verb)?.flags ?? [];
}

function namesOf(verb: string): readonly string[] {
  return flagsOf(verb).flatMap(({ names }) => names);
}

Deno.test("a verb has the flags that it takes, and the place before it those of every verb", () => {
  assert.ok(namesOf("exec").includes("-c"));
  assert.ok(namesOf("exec").includes("--no-keep-alive"));
  assert.ok(!namesOf("config").includes("--container"));
  assert.deepEqual(namesOf(""), namesOf("help"));
  assert.ok(!namesOf("").includes("--check"));
});

Deno.test("operands come from the table of verbs", () => {
  for (const { name, usage, words } of VERB_HELP) {
    const verb = model.verbs.find((verb) => verb.name === name);
    assert.deepEqual(
      verb?.operand,
      words !== undefined
        ? { kind: "words", words }
        : name === "cp"
        ? { kind: "places" }
        : usage.includes("TARGET")
        ? { kind: "live", of: "targets" }
        : { kind: "none" },
    );
  }
});

Deno.test("a flag whose value is a file completes files", () => {
  for (const { name, value, completes } of flags) {
    if (/^(FILE|PATH)$/.test(value ?? "")) {
      assert.equal(completes, "files", name);
    }
  }
});

Deno.test("a flag with a value says what completes it, a switch does not", () => {
  const find = (name: string) =>
    flagsOf("exec").find(({ names }) => names.includes(name));
  assert.deepEqual(find("--user")?.value, { kind: "none" });
  assert.deepEqual(find("-c")?.value, { kind: "live", of: "containers" });
  assert.deepEqual(find("--result")?.value, { kind: "files" });
  assert.equal(find("--tty")?.value, undefined);
  assert.equal(find("--no-binary")?.value, undefined);
});

Deno.test("summaries are a few words without asides", () => {
  for (const { summary } of model.verbs.flatMap(({ flags }) => flags)) {
    assert.match(summary, /^[^();]{5,90}$/);
  }
});

Deno.test("what porthole is asked with has these flags", () => {
  assert.deepEqual(
    model.passed.toSorted(),
    [
      "--cluster",
      "--config",
      "--envfile",
      "--ext-code",
      "--ext-str",
      "--profile",
      "--rack",
      "--region",
      "--service",
    ],
  );
});
