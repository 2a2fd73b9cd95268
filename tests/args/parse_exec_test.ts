import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArgs } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import { PortholeError } from "../../src/errors.ts";
import { expectUsageError, parseExecWords } from "./parse.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

const ID = "0123456789abcdef0123456789abcdef";
const OTHER_ID = "fedcba9876543210fedcba9876543210";
const UUID = "12345678-1234-1234-1234-123456789012";
const ARN = `arn:aws:ecs:eu-west-1:123456789012:task/prod/${ID}`;
const target = { kind: "target" } as const;

Deno.test("the command after -- is taken word for word", () => {
  const words = [
    "sh",
    "-c",
    'echo "$HOME"',
    "",
    "--",
    "-i",
    "--cluster=x",
    "é",
  ];
  assert.deepEqual(parseExecWords(["web", "--", ...words]).command, {
    kind: "argv",
    argv: words,
  });
});

Deno.test("whatever follows -- comes out unchanged", () => {
  fc.assert(fc.property(fc.array(fc.string()), (args) => {
    const { command } = parseExecWords(["--", "run", ...args]);
    assert.deepEqual(command, { kind: "argv", argv: ["run", ...args] });
  }));
});

Deno.test("--command is a shell line, and no command is a shell", () => {
  assert.deepEqual(parseExecWords(["--command", "ls -la | wc"]).command, {
    kind: "line",
    line: "ls -la | wc",
  });
  assert.deepEqual(parseExecWords(["--command=-x\ny"]).command, {
    kind: "line",
    line: "-x\ny",
  });
  assert.deepEqual(parseExecWords(["web"]).command, { kind: "shell" });
});

Deno.test("TARGET names a service, and its cluster", () => {
  assert.deepEqual(parseExecWords(["prod/web"]).shared.cluster, {
    value: "prod",
    source: target,
  });
  assert.deepEqual(parseExecWords(["prod/web"]).shared.service, {
    value: "web",
    source: target,
  });
  assert.equal(parseExecWords(["web"]).shared.cluster, undefined);
});

Deno.test("TARGET may be a task: hex digits, a UUID or an ARN", () => {
  assert.deepEqual(parseExecWords([ID]).task, { kind: "id", id: ID });
  assert.deepEqual(parseExecWords([ID.toUpperCase()]).task, {
    kind: "id",
    id: ID,
  });
  assert.deepEqual(parseExecWords([UUID]).task, { kind: "id", id: UUID });
  const { task, shared } = parseExecWords([ARN]);
  assert.deepEqual(task, { kind: "id", id: ID });
  assert.deepEqual(shared.cluster, { value: "prod", source: target });
  assert.deepEqual(shared.region, { value: "eu-west-1", source: target });
  assert.equal(shared.service, undefined);
});

Deno.test("ARNs of the old form and of other partitions are read too", () => {
  const old = parseExecWords([
    `arn:aws:ecs:us-east-1:123456789012:task/${UUID}`,
  ]);
  assert.deepEqual(old.task, { kind: "id", id: UUID });
  assert.equal(old.shared.cluster, undefined);
  for (
    const [partition, region] of [["aws-cn", "cn-north-1"], [
      "aws-us-gov",
      "us-gov-west-1",
    ]]
  ) {
    const { shared } = parseExecWords([
      ARN.replace("aws:ecs:eu-west-1", `${partition}:ecs:${region}`),
    ]);
    assert.equal(shared.region?.value, region);
  }
});

Deno.test("a service's ARN names region, cluster and service", () => {
  const { shared } = parseExecWords([
    "arn:aws:ecs:eu-west-1:123456789012:service/prod/web",
  ]);
  assert.deepEqual(
    [shared.region?.value, shared.cluster?.value, shared.service?.value],
    ["eu-west-1", "prod", "web"],
  );
});

Deno.test("TARGET beats the environment", () => {
  const { shared } = parseExecWords(["prod/web"], {
    PORTHOLE_SERVICE: "api",
    PORTHOLE_CLUSTER: "stage",
  });
  assert.deepEqual([shared.cluster?.value, shared.service?.value], [
    "prod",
    "web",
  ]);
});

Deno.test("TARGET may repeat a flag but not contradict it", () => {
  assert.equal(
    parseExecWords(["web", "--service", "web"]).shared.service?.value,
    "web",
  );
  assert.equal(
    parseExecWords(["prod/web", "--cluster=prod"]).shared.cluster?.value,
    "prod",
  );
  assert.deepEqual(parseExecWords([ID, "--task-id", ID]).task, {
    kind: "id",
    id: ID,
  });
  assert.deepEqual(parseExecWords([ID, "--task-id", "0123"]).task, {
    kind: "id",
    id: ID,
  });
  assert.deepEqual(parseExecWords([ID, "--task-id", ARN]).task, {
    kind: "id",
    id: ID,
  });
  expectUsageError(
    ["exec", "web", "--service", "api"],
    "they name different services",
  );
  expectUsageError(
    ["exec", "prod/web", "--cluster", "stage"],
    "they name different clusters",
  );
  expectUsageError(
    ["exec", ARN, "--region", "us-east-1"],
    "they name different regions",
  );
  expectUsageError(
    ["exec", ID, "--task-id", OTHER_ID],
    "they name different tasks",
  );
  expectUsageError(
    ["exec", ID, "--task-id", "fed"],
    "they name different tasks",
  );
  expectUsageError(
    ["exec", ID, "--task-id", "10.0.1.2"],
    "each names a task",
  );
  expectUsageError(
    ["exec", "--task-id", ARN, "--cluster", "x"],
    "they name different clusters",
  );
});

Deno.test("--task-id is a whole id, an ARN, a beginning or a private IP", () => {
  const kinds: [string, unknown][] = [
    [UUID, { kind: "id", id: UUID }],
    [ID, { kind: "id", id: ID }],
    [ARN, { kind: "id", id: ID }],
    ["1234abcd", { kind: "prefix", prefix: "1234abcd" }],
    ["ABC", { kind: "prefix", prefix: "abc" }],
    ["12345678-12", { kind: "prefix", prefix: "12345678-12" }],
    [ID.slice(1), { kind: "prefix", prefix: ID.slice(1) }],
    ["10.0.1.255", { kind: "ip", ip: "10.0.1.255" }],
  ];
  for (const [typed, task] of kinds) {
    assert.deepEqual(parseExecWords(["web", "--task-id", typed]).task, task);
  }
  assert.deepEqual(parseExecWords(["--task-id", ARN]).shared.region, {
    value: "eu-west-1",
    source: { kind: "flag", name: "--task-id" },
  });
});

Deno.test("text that can begin no task id is refused", () => {
  const texts = [
    "web",
    "xyz",
    `${ID}0`,
    `${UUID}0`,
    "12-34",
    "0x12",
    "1 2",
    "12/34",
    "10.0.1",
    "10.0.1.256",
    "10.0.1.02",
    "10.0.1.2 ",
    "10.0.1.2.3",
    "10.0.1.2/24",
    "fd00::1",
    "*",
    "é",
  ];
  texts.push(
    "arn:aws:ecs:eu-west-1:123456789012:service/prod/web",
    "arn:nonsense",
  );
  for (const text of texts) {
    expectUsageError(["exec", "--task-id", text], "as --task-id");
  }
});

Deno.test("text that can be no TARGET is refused", () => {
  const texts = [
    "a/b/c",
    "/web",
    "prod/",
    "/",
    "web!",
    "a b",
    "-",
    "\u001b[31m",
    "wéb",
    "a\nb",
  ];
  texts.push(
    "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
    "arn:aws:s3:::bucket",
    "arn:",
    "..",
  );
  for (const text of texts) expectUsageError(["exec", text], "as TARGET");
  expectUsageError(["exec", ""], "empty TARGET", "use --task-id");
});

Deno.test("an error shows no control character", () => {
  try {
    parseExecWords(["\u001b[31m\u009b\u202e"]);
    assert.fail();
  } catch (error) {
    assert.match((error as Error).message, /"\\u001b\[31m\\u009b\\u202e"/);
  }
});

Deno.test("a command without -- is answered with the right form", () => {
  expectUsageError(
    ["exec", "web", "ls"],
    '"ls": a command goes after "--"',
    "porthole exec web -- ls",
  );
  expectUsageError(
    ["exec", "-c", "app", "web", "ls", "-la"],
    "",
    "porthole exec -c app web -- ls -la",
  );
  expectUsageError(
    ["exec", "web", "top", "-n", "1"],
    "",
    "porthole exec web -- top -n 1",
  );
  expectUsageError(
    ["exec", "web", "echo", "a b"],
    "",
    "porthole exec web -- echo 'a b'",
  );
  expectUsageError(
    ["exec", "web", "ls", "--", "-la"],
    "",
    "porthole exec web -- ls -la",
  );
});

Deno.test("commands that contradict themselves are refused", () => {
  expectUsageError(
    ["exec", "web", "--"],
    'nothing follows "--"',
    "porthole exec web -- ls",
  );
  expectUsageError(
    ["exec", "--command", "ls", "--", "ls"],
    '"--command" with "--"',
  );
  expectUsageError(["exec", "--command", "ls", "--"], '"--command" with "--"');
  expectUsageError(
    ["exec", "--command", ""],
    '"--command": its value is empty',
  );
  expectUsageError(
    ["exec", "--command", "  "],
    '"--command": its value is empty',
  );
  expectUsageError(["exec", "--", ""], "is empty");
  expectUsageError(["exec", "-i", "-n"], '"--interactive" with "--no-stdin"');
});

Deno.test("short flags combine as in docker", () => {
  const { interactive, tty, container } = parseExecWords(["-itcapp", "web"]);
  assert.deepEqual([interactive, tty, container], [true, true, "app"]);
  assert.equal(parseExecWords(["-c=app"]).container, "app");
});

Deno.test("the other flags of exec are carried over", () => {
  const exec = parseExecWords([
    "--pick",
    "newest",
    "--filter-command",
    "fzf --reverse",
    "--no-shell",
    "-n",
    "--session=plugin",
  ]);
  assert.deepEqual(exec.pick, {
    value: "newest",
    source: { kind: "flag", name: "--pick" },
  });
  assert.equal(exec.filterCommand, "fzf --reverse");
  assert.equal(exec.noShell, true);
  assert.equal(exec.noStdin, true);
  assert.deepEqual(exec.session, {
    value: "plugin",
    source: { kind: "flag", name: "--session" },
  });
  const plain = parseExecWords([]);
  assert.deepEqual(Object.keys(plain).sort(), [
    "agentTimeoutMs",
    "command",
    "dryRun",
    "env",
    "interactive",
    "kind",
    "noShell",
    "noStdin",
    "output",
    "privileged",
    "shared",
    "tty",
  ]);
});

Deno.test("the route is chosen by flag or variable, ECSExec in any case", () => {
  assert.deepEqual(parseExecWords(["--via=docker"]).via, {
    value: "docker",
    source: { kind: "flag", name: "--via" },
  });
  assert.deepEqual(parseExecWords([], { PORTHOLE_VIA: "ecs-exec" }).via, {
    value: "ecs-exec",
    source: { kind: "env", name: "PORTHOLE_VIA" },
  });
  for (const typed of ["Yes", "yes", "YES"]) {
    assert.equal(parseExecWords(["--ecs-exec", typed]).ecsExec?.value, "Yes");
  }
  assert.equal(parseExecWords(["--privileged"]).privileged, true);
  expectUsageError(["exec", "--ecs-exec=1"], "it must be one of {Yes|No}");
  expectUsageError(["exec", "--via=ssh"], "{auto|ecs-exec|docker}");
});

Deno.test("--agent-timeout is a duration, 30 seconds without it", () => {
  assert.equal(parseExecWords([]).agentTimeoutMs, 30_000);
  assert.equal(parseExecWords(["--agent-timeout=2m"]).agentTimeoutMs, 120_000);
  assert.equal(parseExecWords(["--agent-timeout", "0"]).agentTimeoutMs, 0);
  expectUsageError(["exec", "--agent-timeout=soon"], "--agent-timeout");
});

Deno.test("results and plans are asked for", () => {
  const plain = parseExecWords([]);
  assert.deepEqual([plain.output, plain.dryRun, plain.result], [
    "text",
    false,
    undefined,
  ]);
  assert.equal(parseExecWords(["--dry-run"]).dryRun, true);
  assert.equal(parseExecWords(["-o", "json"]).output, "json");
  assert.equal(parseExecWords(["-o=json"]).output, "json");
  assert.equal(parseExecWords(["--result", "a b.json"]).result, "a b.json");
  expectUsageError(["exec", "-o", "jsno"], "{text|json}", '"json"');
  expectUsageError(
    ["exec", "--result", "-", "--", "ls"],
    'Cannot use "-" as --result',
    "-o json",
  );
  expectUsageError(
    ["exec", "--dry-run", "--result", "x"],
    '"--result" with "--dry-run"',
    "-o json",
  );
});

Deno.test("a switch with --no- is on, off or left alone", () => {
  for (
    const [words, expected] of [
      [[], undefined],
      [["--binary"], true],
      [["--no-binary"], false],
      [["--binary=false"], false],
      [["--no-binary", "--binary"], true],
      [["--binary", "--no-binary"], false],
    ] as const
  ) {
    assert.equal(parseExecWords(words).binary, expected, words.join(" "));
  }
  assert.equal(parseExecWords(["--keep-alive"]).keepAlive, true);
  assert.equal(parseExecWords(["--no-keep-alive"]).keepAlive, false);
  assert.equal(parseExecWords([]).keepAlive, undefined);
});

Deno.test("as another user, elsewhere, with variables", () => {
  const exec = parseExecWords([
    "-u",
    "app:www",
    "-w",
    "/srv/a b",
    "-e",
    "A=1=2",
    "--env=B=",
    "-eC",
    "-e",
    "A=line\nline",
    "--stderr",
    "split",
  ], { C: "local" });
  assert.deepEqual([exec.user, exec.workdir, exec.stderr], [
    "app:www",
    "/srv/a b",
    "split",
  ]);
  assert.deepEqual(exec.env, [
    { name: "A", value: "1=2" },
    { name: "B", value: "" },
    { name: "C", value: "local" },
    { name: "A", value: "line\nline" },
  ]);
});

Deno.test("a variable needs a name, and a value here or there", () => {
  expectUsageError(["exec", "-e", "1A=secret"], '"1A" in --env');
  expectUsageError(["exec", "-e", "=secret"], '"" in --env');
  expectUsageError(["exec", "-e", "A-B"], '"A-B" in --env');
  expectUsageError(["exec", "-e", "UNSET"], '"UNSET"', "-e UNSET=VALUE");
});

Deno.test("no error shows the value of a variable", () => {
  for (
    const words of [
      ["exec", "web", "-e", "A=secret", "ls"],
      ["exec", "web", "-eA=secret", "ls", "--", "x"],
      ["exec", "web", "--env=A=secret", "--"],
      ["exec", "web", "--env", "A=secret", "ls", "-e", "B=secret"],
      ["web", "-ne", "A=secret"],
      ["exec", "-e", "1=secret"],
    ]
  ) {
    try {
      parseArgs(readWords(words), () => undefined);
      assert.fail("no error");
    } catch (error) {
      assert.ok(error instanceof PortholeError, String(error));
      assert.ok(!`${error.message} ${error.hint}`.includes("secret"));
    }
  }
});

Deno.test("what takes a shell in the container clashes with --no-shell", () => {
  for (
    const words of [["-u", "a"], ["-w", "/"], ["-e", "A=1"], [
      "--stderr=split",
    ], ["--binary"]]
  ) {
    expectUsageError(["exec", "--no-shell", ...words], 'with "--no-shell"');
  }
  assert.ok(parseExecWords(["--no-shell", "--no-binary", "--stderr=merge"]));
});

Deno.test("--user takes a name or uid, with a group or without, and nothing else", () => {
  for (
    const user of ["app", "1000", "1000:1000", "www-data:www-data", "_apt"]
  ) {
    assert.equal(parseExecWords(["web", "-u", user, "--", "id"]).user, user);
  }
  for (const user of ["-x", "a;b", "a b", "root:", ":0", "a:b:c", "$(id)"]) {
    assert.throws(
      () => parseExecWords(["web", `--user=${user}`, "--", "id"]),
      /is not a user name or uid/,
    );
  }
});

Deno.test("PORTHOLE_PICK stands in for --pick", () => {
  const { pick } = parseExecWords(["web", "--", "ls"], {
    PORTHOLE_PICK: "first",
  });
  assert.deepEqual(pick, {
    value: "first",
    source: { kind: "env", name: "PORTHOLE_PICK" },
  });
});

Deno.test("--wait-for-task waits for a task of a service", () => {
  const { waitForTaskMs } = parseExecWords([
    "web",
    "--wait-for-task",
    "2m",
    "--",
    "ls",
  ]);
  assert.equal(waitForTaskMs, 120_000);
  for (
    const [words, text] of [
      [["web", "--wait-for-task", "2"], "it is not a duration"],
      [["web", "--task-id", "12ab", "--wait-for-task", "2m"], "with a task"],
      [["0".repeat(32), "--wait-for-task", "2m"], "with a task"],
      [["web", "--all", "--wait-for-task", "2m"], "with"],
    ] as const
  ) expectUsageError(["exec", ...words, "--", "ls"], text);
});

Deno.test("-e @FILE names a file of variables, and --env-file is answered with it", () => {
  const { env, variableFiles } = parseExecWords([
    "web",
    "-e",
    "@a.env",
    "-e",
    "A=b",
    "--",
    "env",
  ]);
  assert.deepEqual(variableFiles, ["a.env"]);
  assert.deepEqual(env, [{ name: "A", value: "b" }]);
  expectUsageError(["exec", "web", "-e", "@", "--", "env"], "it names no file");
  expectUsageError(
    ["exec", "web", "--env-file", "a.env", "--", "env"],
    "no such flag",
    "-e @FILE",
  );
});
