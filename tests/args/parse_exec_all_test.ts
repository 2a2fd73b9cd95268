import assert from "node:assert/strict";
import type { ExecAllInvocation } from "../../src/args/invocation.ts";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";
const LS = ["--", "ls"];

function parseAll(
  words: readonly string[],
  variables?: Readonly<Record<string, string>>,
): ExecAllInvocation {
  const invocation = parse(["exec", ...words], variables);
  assert.equal(invocation.kind, "exec_all");
  return invocation as ExecAllInvocation;
}

Deno.test("--all: ten at a time, with prefixes, and without stdin", () => {
  const invocation = parseAll(["prod/web", "--all", ...LS]);
  assert.equal(invocation.parallel, 10);
  assert.equal(invocation.prefix, "auto");
  assert.equal(invocation.failFast, false);
  assert.equal(invocation.allServices, false);
  assert.equal(invocation.noStdin, true);
  assert.equal(invocation.outputDir, undefined);
  assert.equal(invocation.binary, undefined);
  assert.equal(invocation.shared.service?.value, "web");
});

Deno.test("--all: its flags", () => {
  const invocation = parseAll([
    "prod/",
    "-aA",
    "--parallel=3",
    "--prefix",
    "never",
    "--fail-fast",
    "--output-dir",
    "out",
    "-e",
    "A=1",
    "--command",
    "ls | wc",
  ]);
  assert.equal(invocation.parallel, 3);
  assert.equal(invocation.prefix, "never");
  assert.equal(invocation.failFast, true);
  assert.equal(invocation.allServices, true);
  assert.equal(invocation.outputDir, "out");
  assert.equal(invocation.binary, true);
  assert.deepEqual(invocation.env, [{ name: "A", value: "1" }]);
  assert.equal(invocation.shared.cluster?.value, "prod");
  assert.equal(invocation.shared.service, undefined);
});

Deno.test("--all=false is an exec in one task", () => {
  assert.equal(parse(["exec", "web", "--all=false", ...LS]).kind, "exec");
});

Deno.test("--all: a service of a variable gives way to -A", () => {
  const variables = { PORTHOLE_SERVICE: "web" };
  assert.equal(parseAll(["-aA", ...LS], variables).allServices, true);
});

Deno.test("--all: what cannot be meant", () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["web", "--all"], "without a command"],
    [["web", "--all", "-i", ...LS], '"--interactive" with "--all"'],
    [["web", "--all", "-it", ...LS], '"--interactive" with "--all"'],
    [["web", "--all", "-t", ...LS], '"--tty" with "--all"'],
    [["prod/", "--all", ...LS], "no service was named"],
    [["web", "-A", ...LS], '"--all-services" without "--all"'],
    [["web", "--parallel", "3", ...LS], '"--parallel" without "--all"'],
    [["web", "--prefix=never", ...LS], '"--prefix" without "--all"'],
    [["web", "--fail-fast", ...LS], '"--fail-fast" without "--all"'],
    [["web", "--output-dir", "x", ...LS], '"--output-dir" without "--all"'],
    [["web", "-aA", ...LS], "it means the whole cluster"],
    [["--service", "web", "-aA", ...LS], "it means the whole cluster"],
    [[ID, "--all", ...LS], "it is one task"],
    [["web", "--all", "--task-id", "12", ...LS], '"--task-id" with "--all"'],
    [["web", "--all", "--pick=first", ...LS], '"--pick" with "--all"'],
    [["web", "--all", "--filter-command", "fzf", ...LS], "chooses one task"],
    [["web", "--all", "--record=x", ...LS], "records an interactive session"],
    [["web", "--all", "--parallel=0", ...LS], "from 1 to 500"],
    [["web", "--all", "--parallel=501", ...LS], "from 1 to 500"],
    [["web", "--all", "--parallel=-1", ...LS], "not a whole number"],
    [["web", "--all", "--prefix=always", ...LS], "{auto|never}"],
    [["web", "--all", "--output-dir=", ...LS], "empty"],
    [["web", "--all", "--dry-run", "--output-dir=x", ...LS], "no results"],
    [["web", "--all", "--dry-run", "--result=x", ...LS], "no result"],
    [["/", "-aA", ...LS], "as TARGET"],
    [["a/b/", "-aA", ...LS], "as TARGET"],
    [["prod/", ...LS], "as TARGET"],
  ];
  for (const [words, message] of cases) {
    expectUsageError(["exec", ...words], message);
  }
});

Deno.test("a hint does not show the value of -Ae", () => {
  expectUsageError(
    ["exec", "web", "ls", "--all", "-Ae", "TOKEN=secret"],
    "a command goes after",
  );
  try {
    parse(["exec", "--all", "-Ae", "TOKEN=secret", "web", "ls"]);
  } catch (error) {
    assert(!String((error as { hint?: string }).hint).includes("secret"));
  }
});
