import assert from "node:assert/strict";
import type { RunInvocation } from "../../src/args/invocation.ts";
import { expectUsageError, parse } from "./parse.ts";

function parseRunWords(...words: string[]): RunInvocation {
  const invocation = parse(["run", ...words]);
  assert.equal(invocation.kind, "run");
  return invocation as RunInvocation;
}

Deno.test("run is attached for an hour, unless told otherwise", () => {
  const run = parseRunWords("prod/web", "--", "ls", "-la");
  assert.deepEqual(run.mode, {
    kind: "attached",
    maxDurationMs: 3_600_000,
    replaceEntryPoint: false,
  });
  assert.deepEqual(run.command, { kind: "argv", argv: ["ls", "-la"] });
  assert.equal(run.shared.service?.value, "web");
  assert.equal(run.shared.cluster?.value, "prod");
  assert.deepEqual(
    parseRunWords("web", "--max-duration", "90s", "--replace-entrypoint").mode,
    { kind: "attached", maxDurationMs: 90_000, replaceEntryPoint: true },
  );
});

Deno.test("-d leaves the task, with --count and --wait", () => {
  assert.deepEqual(parseRunWords("web", "-d").mode, {
    kind: "detached",
    count: 1,
    wait: false,
    logs: false,
  });
  assert.deepEqual(parseRunWords("web", "-d", "--count=10", "--wait").mode, {
    kind: "detached",
    count: 10,
    wait: true,
    logs: false,
  });
});

Deno.test("--logs is for tasks that are waited for", () => {
  const { mode } = parseRunWords("web", "-d", "--wait", "--logs");
  assert.ok(mode.kind === "detached" && mode.logs);
  for (
    const [words, text] of [
      [["--logs"], 'without "--detach"'],
      [["-d", "--logs"], 'without "--wait"'],
      [["-d", "--wait", "--logs", "-o", "json"], 'with "-o json"'],
    ] as const
  ) expectUsageError(["run", "web", ...words], text);
});

Deno.test("the variables of run are the container's", () => {
  const { env, variables } = parseRunWords("web", "-e", "A=b=c", "--", "ls");
  assert.deepEqual([env, variables], [[], [{ name: "A", value: "b=c" }]]);
});

Deno.test("what a session alone has a use for is refused with -d", () => {
  for (
    const words of [
      ["-i"],
      ["-t"],
      ["-n"],
      ["--no-shell"],
      ["-u", "me"],
      ["-w", "/"],
      ["--privileged"],
      ["--via", "docker"],
      ["--session", "builtin"],
      ["--agent-timeout", "1s"],
      ["--keep-alive"],
      ["--no-binary"],
      ["--stderr", "split"],
      ["--max-duration", "1h"],
      ["--replace-entrypoint"],
    ]
  ) {
    expectUsageError(
      ["run", "web", "-d", ...words, "--", "ls"],
      'with "--detach"',
    );
  }
  // A variable of the environment is for all verbs.
  assert.equal(
    parse(["run", "web", "-d"], { PORTHOLE_VIA: "docker" }).kind,
    "run",
  );
});

Deno.test("a task definition, its revision, and amounts", () => {
  const run = parseRunWords(
    "web",
    "--task-definition",
    "other",
    "--revision",
    "7",
    "--cpu",
    ".5 vCPU",
    "--memory",
    "2 GB",
  );
  assert.deepEqual(
    [run.taskDefinition, run.revision, run.cpu, run.memory],
    ["other", 7, ".5 vCPU", "2 GB"],
  );
  const arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3";
  assert.equal(
    parseRunWords("web", "--task-definition", arn).taskDefinition,
    arn,
  );
  assert.equal(parseRunWords("web", "--revision=latest").revision, "latest");
});

Deno.test("tags are pairs, of one flag or of several", () => {
  assert.deepEqual(
    parseRunWords("web", "--tags", "a=1,b=", "--tags", "c=x=y").tags,
    [
      { key: "a", value: "1" },
      { key: "b", value: "" },
      { key: "c", value: "x=y" },
    ],
  );
});

Deno.test("mistakes of run are told of, with what to write", () => {
  const mistakes: readonly (readonly [readonly string[], string, string?])[] = [
    [["0123456789abcdef0123456789abcdef"], "it is a task"],
    [["web", "ls"], 'a command goes after "--"', "porthole run web -- ls"],
    [["web", "--count", "2"], 'without "--detach"'],
    [["web", "--wait"], 'without "--detach"'],
    [["web", "-d", "--count", "0"], "it must be 1 to 10"],
    [["web", "-d", "--count", "11"], "it must be 1 to 10"],
    [["web", "-d", "--count", "1e1"], "it must be 1 to 10"],
    [["web", "--max-duration", "0"], "between 1s and 8760h"],
    [["web", "--max-duration", "8761h"], "between 1s and 8760h"],
    [["web", "--max-duration", "long"], "it is not a duration"],
    [
      ["web", "--task-definition", "a/b"],
      "it is not a task definition",
      "FAMILY:REVISION",
    ],
    [["web", "--revision", "0"], 'a number or "latest"'],
    [
      ["web", "--task-definition", "a:1", "--revision", "2"],
      "it already names a revision",
    ],
    [["web", "--cpu", "1 GB"], "it is not a valid amount"],
    [["web", "--memory", "-1"], "it is not a valid amount"],
    [["web", "--tags", "a"], "it has no value"],
    [["web", "--tags", "=a"], "it has no key"],
    [["web", "--tags", "AWS:a=1"], "reserved for AWS"],
    [["web", "--tags", "a=1,a=2"], '"a" is given twice'],
    [["web", "--tags", "a=<b>"], "AWS accepts only letters"],
    [["web", "--tags", `a=${"x".repeat(257)}`], "longer than 256"],
    [["web", "--propagate-tags", "task"], "{service|task-definition}"],
    [["web", "--pick", "first"], 'it is a flag of "exec"'],
    [["web", "--task-id", "abc"], 'it is a flag of "exec"'],
    [["web", "-i", "-n"], '"--no-stdin"'],
  ];
  for (const [words, message, hint] of mistakes) {
    expectUsageError(["run", ...words], message, hint);
  }
  expectUsageError(["exec", "web", "-d"], 'it is a flag of "run"');
});
