import assert from "node:assert/strict";
import { renderHelp } from "../../src/args/help_text.ts";
import { expectUsageError, parse, parseExecWords } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";
const env = (value: unknown, name: string) => ({
  value,
  source: { kind: "env", name },
});
const flag = (value: unknown, name: string) => ({
  value,
  source: { kind: "flag", name },
});

Deno.test("ecspresso's variables count below porthole's, and those below flags", () => {
  const theirs = {
    ECSPRESSO_CONFIG: "theirs.yml",
    ECSPRESSO_TIMEOUT: "1m",
    ECSPRESSO_FILTER_COMMAND: "peco",
    ECSPRESSO_ENVFILE: "a.env,b.env",
    ECSPRESSO_EXT_STR: "A=1;B=x=y",
    ECSPRESSO_EXT_CODE: "C=1+1",
  };
  const only = parseExecWords([], theirs);
  assert.deepEqual(only.shared.config, env("theirs.yml", "ECSPRESSO_CONFIG"));
  assert.deepEqual(only.shared.timeoutMs, env(60_000, "ECSPRESSO_TIMEOUT"));
  assert.deepEqual(
    only.shared.envFiles,
    env(["a.env", "b.env"], "ECSPRESSO_ENVFILE"),
  );
  assert.deepEqual(Object.fromEntries(only.shared.extStr ?? []), {
    A: "1",
    B: "x=y",
  });
  assert.deepEqual(Object.fromEntries(only.shared.extCode ?? []), {
    C: "1+1",
  });
  assert.equal(only.filterCommand, "peco");

  const ours = parseExecWords([], {
    ...theirs,
    PORTHOLE_CONFIG: "ours.yml",
    PORTHOLE_TIMEOUT: "2m",
  });
  assert.deepEqual(ours.shared.config, env("ours.yml", "PORTHOLE_CONFIG"));
  assert.deepEqual(ours.shared.timeoutMs, env(120_000, "PORTHOLE_TIMEOUT"));

  const typed = parseExecWords([
    "--config",
    "typed.yml",
    "--timeout=3m",
    "--filter-command",
    "fzf",
    "--envfile",
    "c.env",
    "--envfile=d.env,e.env",
    "--ext-str",
    "D=4",
    "--ext-str=E=a\\;b;F=6",
    "--ext-code",
    "G={x: 1}",
  ], { ...theirs, PORTHOLE_CONFIG: "ours.yml", PORTHOLE_TIMEOUT: "2m" });
  assert.deepEqual(typed.shared.config, flag("typed.yml", "--config"));
  assert.deepEqual(typed.shared.timeoutMs, flag(180_000, "--timeout"));
  assert.equal(typed.filterCommand, "fzf");
  assert.deepEqual(
    typed.shared.envFiles,
    flag(["c.env", "d.env", "e.env"], "--envfile"),
  );
  assert.deepEqual(Object.fromEntries(typed.shared.extStr ?? []), {
    D: "4",
    E: "a;b",
    F: "6",
  });
  assert.deepEqual(Object.fromEntries(typed.shared.extCode ?? []), {
    G: "{x: 1}",
  });
});

Deno.test("an empty variable is none", () => {
  const { shared, filterCommand } = parseExecWords([], {
    PORTHOLE_CONFIG: "",
    ECSPRESSO_CONFIG: "theirs.yml",
    ECSPRESSO_TIMEOUT: "",
    ECSPRESSO_FILTER_COMMAND: "",
    ECSPRESSO_ENVFILE: ",",
    ECSPRESSO_EXT_STR: ";",
  });
  assert.deepEqual(shared.config, env("theirs.yml", "ECSPRESSO_CONFIG"));
  assert.equal(shared.timeoutMs, undefined);
  assert.equal(shared.envFiles, undefined);
  assert.equal(shared.extStr, undefined);
  assert.equal(filterCommand, undefined);
});

Deno.test("a variable of ecspresso's that makes no sense is named, not shown where it may be secret", () => {
  for (
    const [words, variables, message] of [
      [[], { ECSPRESSO_TIMEOUT: "5" }, '"5" as ECSPRESSO_TIMEOUT'],
      [[], { ECSPRESSO_TIMEOUT: "-5m" }, "as ECSPRESSO_TIMEOUT"],
      [
        [],
        { ECSPRESSO_EXT_STR: "A=1;hunter2" },
        "Cannot use ECSPRESSO_EXT_STR: part 2 of its value is not NAME=VALUE",
      ],
      [
        [],
        { ECSPRESSO_EXT_CODE: "=hunter2" },
        "Cannot use ECSPRESSO_EXT_CODE: its value is not NAME=VALUE",
      ],
      [
        ["--ext-str", "hunter2"],
        {},
        "Cannot use --ext-str: its value is not NAME=VALUE",
      ],
    ] as const
  ) {
    expectUsageError(["exec", ...words], message, "", variables);
    try {
      parseExecWords(words, variables);
    } catch (error) {
      assert.doesNotMatch(JSON.stringify(error) + error, /hunter2/);
    }
  }
});

Deno.test("--id is --task-id", () => {
  assert.deepEqual(
    parseExecWords(["--id", ID]).task,
    parseExecWords(["--task-id", ID]).task,
  );
  assert.deepEqual(parseExecWords(["web", "--id=0123"]).task, {
    kind: "prefix",
    prefix: "0123",
  });
  expectUsageError(["exec", "--id"], 'Cannot use "--id": its value is missing');
  expectUsageError(["exec", "--id="], "its value is empty");
  expectUsageError(["run", "web", "--id", ID], '"--task-id" with "run"');
  assert.match(renderHelp("exec"), /--task-id, --id ID /);
});

Deno.test("help names ecspresso's variables with their flags", () => {
  const text = renderHelp("environment");
  for (
    const name of ["CONFIG", "TIMEOUT", "FILTER_COMMAND", "ENVFILE", "EXT_STR"]
  ) assert.match(text, new RegExp(`ECSPRESSO_${name} +--`));
  assert.doesNotMatch(renderHelp("tasks"), /FILTER_COMMAND/);
});

Deno.test("every verb reads the configuration's inputs", () => {
  for (const words of [["tasks"], ["config", "show"], ["status", "web"]]) {
    const invocation = parse([...words, "--envfile", "x", "--ext-str", "A=1"]);
    assert.ok(invocation.kind !== "help");
    assert.deepEqual(
      "shared" in invocation && invocation.shared.envFiles?.value,
      ["x"],
    );
  }
});
