import assert from "node:assert/strict";
import { FLAGS, usesFlag } from "../../src/args/flags.ts";
import { helpWidth, renderHelp } from "../../src/args/help_text.ts";
import { VERBS } from "../../src/args/verbs.ts";
import { HELP_TOPICS } from "../../src/args/help_topics.ts";
import { ROUTING_TABLE } from "../../src/routing_table.ts";
import { expectUsageError, parse } from "./parse.ts";

function helpOf(...words: string[]): string {
  const invocation = parse(words);
  assert.equal(invocation.kind, "help");
  return invocation.kind === "help" ? renderHelp(invocation.topic) : "";
}

Deno.test("help is found wherever it is asked for", () => {
  const overview = renderHelp();
  for (
    const words of [[], ["help"], ["-h"], ["--help"], ["help", "help"], [
      "help",
      "--help",
    ]]
  ) {
    assert.equal(helpOf(...words), overview, words.join(" "));
  }
  const exec = renderHelp("exec");
  const forms = [["help", "exec"], ["exec", "-h"], ["exec", "web", "--help"], [
    "--help",
    "exec",
  ]];
  for (const words of forms) {
    assert.equal(helpOf(...words), exec, words.join(" "));
  }
  assert.equal(helpOf("help", "exit-codes"), renderHelp("exit-codes"));
});

Deno.test("--help of the remote command is not ours", () => {
  assert.equal(parse(["exec", "web", "--", "ls", "--help"]).kind, "exec");
});

Deno.test("help begins with a sentence and names the verb's flags and the exit statuses", () => {
  for (
    const verb of [
      "exec",
      "run",
      "tasks",
      "status",
      "enable-exec",
      "config",
      "completion",
      "version",
    ] as const
  ) {
    const text = renderHelp(verb);
    assert.match(text, /^[A-Z][^.]+\.\n\nUsage:\n/);
    assert.ok(text.indexOf("Usage:") < text.indexOf("Examples:"));
    assert.match(text, /help \{[^}]*\bexit-codes\b/);
    const flags = text.slice(text.search(/^(Which container|Flags of|About)/m));
    for (const flag of FLAGS) {
      const name = "negatable" in flag ? `[no-]${flag.name}` : flag.name;
      assert.equal(
        new RegExp(`--${RegExp.escape(name)}(?![a-z-])`).test(flags),
        usesFlag(verb, flag),
        `${verb} --${name}`,
      );
    }
  }
});

Deno.test("help explains the flags of every verb once, in the overview", () => {
  const text = renderHelp();
  for (const flag of FLAGS.filter((flag) => !("verbs" in flag))) {
    assert.match(text, new RegExp(`[ ,] --${flag.name}\\b`), flag.name);
  }
});

Deno.test("help environment names every variable with its flag", () => {
  const text = renderHelp("environment");
  for (const flag of FLAGS) {
    for (const key of ["env", "ecspressoEnv"] as const) {
      const name = (flag as Partial<Record<typeof key, string>>)[key];
      if (name === undefined) continue;
      assert.match(text, new RegExp(`^  ${name} +--${flag.name}$`, "m"));
    }
  }
});

Deno.test("exec --help is no longer than sixty lines of eighty columns", () => {
  assert.ok(renderHelp("exec").trimEnd().split("\n").length <= 60);
});

Deno.test("help is as wide as COLUMNS or the terminal, from 40 to 140 columns", () => {
  const terminal = { columns: 100 };
  assert.equal(helpWidth(undefined, undefined), 80);
  assert.equal(helpWidth(undefined, terminal), 100);
  assert.equal(helpWidth("60", terminal), 60);
  assert.equal(helpWidth("20", terminal), 40);
  assert.equal(helpWidth("9999", terminal), 140);
  for (const wrong of ["", "0", "-3", "wide", "1e2"]) {
    assert.equal(helpWidth(wrong, terminal), 100, wrong);
  }
});

Deno.test("help shows the values that a flag has with the verb", () => {
  assert.match(renderHelp("tasks"), /lines:\s+\{table\|wide\|json\|tsv\}/);
  assert.match(renderHelp("status"), /object: \{text\|json\}/);
  assert.ok(!renderHelp("exec").includes("tsv"));
});

Deno.test("help speaks of no verb that only programs use", () => {
  for (const topic of [undefined, ...HELP_TOPICS]) {
    assert.ok(!renderHelp(topic).includes("__complete"));
  }
});

Deno.test("help says what --env and --stderr split cost", () => {
  const text = renderHelp("exec").replaceAll(/\s+/g, " ");
  assert.match(text, /--env K=V .*AWS records those of run/);
  assert.match(text, /AWS records the command, but not the values of --env/);
  const details = VERBS.exec.details?.join(" ") ?? "";
  assert.match(details, /CloudTrail and the cluster's audit log/);
  assert.match(details, /--stderr split has costs: output is no longer/);
});

Deno.test("help of a verb lists its own flags alone", () => {
  assert.ok(!renderHelp("version").includes("--container"));
});

Deno.test("help is plain text, and no wider than it may be", () => {
  for (const width of [40, 80, 140]) {
    for (const topic of [undefined, ...HELP_TOPICS]) {
      for (const line of renderHelp(topic, width).split("\n")) {
        assert.match(line, /^[ -~]*$/);
        assert.ok(line.length <= width, `${topic} at ${width}: ${line}`);
        assert.equal(line, line.trimEnd());
      }
    }
  }
});

Deno.test("help exit-codes names every status of porthole's own", () => {
  for (
    const status of [
      "124",
      "125",
      "126",
      "127",
      "128+N",
      "129",
      "130",
      "131",
      "141",
      "143",
    ]
  ) {
    assert.ok(renderHelp("exit-codes").includes(status));
  }
});

Deno.test("help routing prints every row of the table", () => {
  const text = renderHelp("routing").replace(/\s+/g, " ");
  for (const [row, { when, then }] of ROUTING_TABLE.entries()) {
    assert.ok(text.includes(`${row} ${when}: ${then}`), when);
  }
});

Deno.test("an unknown topic is answered with the topics", () => {
  expectUsageError(
    ["help", "exit-code"],
    "version, many, routing, environment, exit-codes, errors",
    "help exit-codes",
  );
  expectUsageError(["help", "nothing"], '"nothing"');
  expectUsageError(["help", "exec", "more"], '"more"');
  expectUsageError(["help", "--", "ls"], '"--"');
});
