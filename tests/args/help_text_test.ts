import assert from "node:assert/strict";
import { FLAGS, takesFlag } from "../../src/args/flags.ts";
import { renderHelp } from "../../src/args/help_text.ts";
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

Deno.test("help begins with examples and names flags, variables and the exit statuses", () => {
  for (
    const verb of ["exec", "run", "tasks", "status", "enable-exec"] as const
  ) {
    const text = renderHelp(verb);
    assert.ok(text.startsWith("Examples:\n"));
    assert.ok(text.indexOf("Usage:") < text.indexOf("--service"));
    assert.ok(text.includes("help exit-codes"));
    for (const flag of FLAGS) {
      if (!takesFlag(verb, flag)) continue;
      const name = "negatable" in flag ? `[no-]${flag.name}` : flag.name;
      assert.ok(text.includes(`--${name}`), flag.name);
      if ("env" in flag) assert.ok(text.includes(flag.env), flag.env);
    }
  }
});

Deno.test("help tells the values that a flag has with the verb", () => {
  assert.match(renderHelp("tasks"), /lines:\s+table, json, tsv/);
  assert.match(renderHelp("status"), /object: text, json/);
  assert.ok(!renderHelp("exec").includes("tsv"));
});

Deno.test("help speaks of no verb that only programs use", () => {
  for (const topic of [undefined, ...HELP_TOPICS]) {
    assert.ok(!renderHelp(topic).includes("__complete"));
  }
});

Deno.test("help says what --env and --stderr split cost", () => {
  const text = renderHelp("exec").replaceAll(/\s+/g, " ");
  assert.match(text, /--env K=V .*AWS records it/);
  assert.match(text, /CloudTrail and in the cluster's audit log/);
  assert.match(text, /--stderr split has its price: the order/);
});

Deno.test("help of a verb lists its own flags alone", () => {
  assert.ok(!renderHelp("version").includes("--container"));
});

Deno.test("help is plain text of eighty columns", () => {
  for (const topic of [undefined, ...HELP_TOPICS]) {
    for (const line of renderHelp(topic).split("\n")) {
      assert.match(line, /^[ -~]{0,80}$/);
      assert.equal(line, line.trimEnd());
    }
  }
});

Deno.test("help exit-codes names every status of porthole's own", () => {
  for (const status of ["124", "125", "126", "127", "130", "128+N"]) {
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
    "version, routing, exit-codes, errors",
    "help exit-codes",
  );
  expectUsageError(["help", "nothing"], '"nothing"');
  expectUsageError(["help", "exec", "more"], '"more"');
  expectUsageError(["help", "--", "ls"], '"--"');
});
