import assert from "node:assert/strict";
import fc from "fast-check";
import { parseArgs, verbOf } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import { PortholeError } from "../../src/errors.ts";
import { expectUsageError, parse, parseExecWords } from "./parse.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

Deno.test("shared flags stand before or after the verb", () => {
  const before = parse(["--region", "us-east-1", "-q", "exec", "web"]);
  assert.deepEqual(
    before,
    parse(["exec", "web", "--region=us-east-1", "--quiet"]),
  );
});

Deno.test("every shared flag has its place", () => {
  const { shared } = parseExecWords([
    ...[
      "--config",
      "a.yml",
      "--cluster",
      "prod",
      "--service",
      "web",
      "--region",
      "r",
    ],
    ...[
      "--profile",
      "p",
      "--timeout",
      "1h30m",
      "--log-format",
      "json",
      "--color",
      "never",
    ],
    ...["--debug", "--quiet", "--no-input"],
  ]);
  const flag = (value: unknown, name: string) => ({
    value,
    source: { kind: "flag", name },
  });
  assert.deepEqual(shared, {
    config: flag("a.yml", "--config"),
    cluster: flag("prod", "--cluster"),
    service: flag("web", "--service"),
    region: flag("r", "--region"),
    profile: flag("p", "--profile"),
    timeoutMs: flag(5_400_000, "--timeout"),
    logFormat: "json",
    color: "never",
    debug: true,
    quiet: { value: true, source: { kind: "flag", name: "--quiet" } },
    noInput: true,
  });
});

Deno.test("every variable stands in for its flag", () => {
  const exec = parseExecWords([], {
    PORTHOLE_CONFIG: "a.yml",
    PORTHOLE_CLUSTER: "prod",
    PORTHOLE_SERVICE: "web",
    PORTHOLE_REGION: "r",
    PORTHOLE_PROFILE: "p",
    PORTHOLE_TIMEOUT: "0",
    PORTHOLE_LOG_FORMAT: "json",
    PORTHOLE_COLOR: "always",
    PORTHOLE_DEBUG: "1",
    PORTHOLE_QUIET: "Yes",
    PORTHOLE_NO_INPUT: "TRUE",
    PORTHOLE_SESSION: "builtin",
  });
  const env = (value: unknown, name: string) => ({
    value,
    source: { kind: "env", name },
  });
  assert.deepEqual(exec.shared, {
    config: env("a.yml", "PORTHOLE_CONFIG"),
    cluster: env("prod", "PORTHOLE_CLUSTER"),
    service: env("web", "PORTHOLE_SERVICE"),
    region: env("r", "PORTHOLE_REGION"),
    profile: env("p", "PORTHOLE_PROFILE"),
    timeoutMs: env(0, "PORTHOLE_TIMEOUT"),
    logFormat: "json",
    color: "always",
    debug: true,
    quiet: env(true, "PORTHOLE_QUIET"),
    noInput: true,
  });
  assert.deepEqual(exec.session, env("builtin", "PORTHOLE_SESSION"));
});

Deno.test("flags win over variables, which then are not even read", () => {
  const { shared } = parseExecWords(["--timeout", "5m", "--debug=false"], {
    PORTHOLE_TIMEOUT: "nonsense",
    PORTHOLE_DEBUG: "1",
  });
  assert.equal(shared.timeoutMs?.value, 300_000);
  assert.equal(shared.debug, false);
});

Deno.test("an empty variable is unset", () => {
  const { shared } = parseExecWords([], {
    PORTHOLE_SERVICE: "",
    PORTHOLE_DEBUG: "",
  });
  assert.equal(shared.service, undefined);
  assert.equal(shared.debug, false);
});

Deno.test("a variable with a wrong value is named", () => {
  const wrong: Record<string, string> = {
    PORTHOLE_DEBUG: "maybe",
    PORTHOLE_QUIET: "2",
    PORTHOLE_NO_INPUT: "on",
    PORTHOLE_COLOR: "red",
    PORTHOLE_LOG_FORMAT: "xml",
    PORTHOLE_TIMEOUT: "5x",
    PORTHOLE_SESSION: "ssh",
    PORTHOLE_SERVICE: "a\nb",
  };
  for (const [name, value] of Object.entries(wrong)) {
    expectUsageError(["exec"], `as ${name}:`, "", { [name]: value });
  }
});

Deno.test("switches take true and false", () => {
  for (const value of ["true", "1", "yes", "TRUE"]) {
    assert.equal(
      parseExecWords([`--debug=${value}`]).shared.debug,
      true,
      value,
    );
  }
  for (const value of ["false", "0", "no", "No"]) {
    assert.equal(
      parseExecWords([`--interactive=${value}`, "-n"]).interactive,
      false,
      value,
    );
    assert.equal(parseExecWords([`-i=${value}`]).interactive, false, value);
    assert.equal(parseExecWords([`--no-stdin=${value}`]).noStdin, false, value);
  }
  expectUsageError(["exec", "--debug=maybe"], '"maybe" as --debug');
  expectUsageError(["exec", "--debug="], '"" as --debug');
  expectUsageError(["exec", "-it=false"], '"=false"', "--tty=false");
});

Deno.test("a switch takes no word after it", () => {
  const { shared } = parseExecWords(["--debug", "false"]);
  assert.equal(shared.debug, true);
  assert.equal(shared.service?.value, "false");
});

Deno.test("of a repeated flag the last one wins", () => {
  const { shared } = parseExecWords([
    "--service",
    "a",
    "--service=b",
    "--debug",
    "--debug=no",
  ]);
  assert.equal(shared.service?.value, "b");
  assert.equal(shared.debug, false);
});

Deno.test("a flag without its value is refused", () => {
  for (
    const words of [["--service"], ["-c"], ["--service", "--cluster", "x"], [
      "-c",
      "-i",
    ]]
  ) {
    expectUsageError(["exec", ...words], "its value is missing");
  }
  expectUsageError(
    ["exec", "--service", "--", "ls"],
    '"--service": its value is missing',
  );
  for (
    const words of [["--service", ""], ["--service="], ["-c", " "], ["-c="]]
  ) {
    expectUsageError(["exec", ...words], "its value is empty");
  }
});

Deno.test("wrong values are refused with what is right", () => {
  expectUsageError(
    ["exec", "--timeout", "5x"],
    '"5x" as --timeout: it is not a duration',
    '"5m"',
  );
  expectUsageError(["exec", "--timeout", "-5m"], "cannot be negative");
  expectUsageError(
    ["exec", "--pick", "frist"],
    "{prompt|first|newest|random}",
    '"first"',
  );
  expectUsageError(["exec", "--log-format", "xml"], "{text|json}");
  expectUsageError(["exec", "--cluster", "a\u0000b"], "control character");
});

Deno.test("an unknown flag is answered with a suggestion", () => {
  const typos: [string, string][] = [
    ["--contianer", '"--container"'],
    ["--contianer=web", '"--container"'],
    ["--clusterr", '"--cluster"'],
    ["--Region", '"--region"'],
    ["--no-interactive", '"--interactive=false"'],
    ["-x", 'after "--"'],
    ["--completely-different", 'after "--"'],
    ["--=", 'after "--"'],
    ["---", 'after "--"'],
    ["-é", 'after "--"'],
    ["-5", 'after "--"'],
  ];
  for (const [typed, hint] of typos) {
    expectUsageError(
      ["exec", typed],
      `${JSON.stringify(typed.split("=")[0])}: no such flag`,
      hint,
    );
  }
  expectUsageError(
    ["--contianer", "x", "exec"],
    "no such flag",
    '"--container"',
  );
});

Deno.test("a flag of another verb is refused", () => {
  expectUsageError(["version", "--container", "web"], 'a flag of "exec"');
  expectUsageError(
    ["tasks", "-n", "x"],
    'Cannot use "-n" (--no-stdin) with "tasks"',
  );
  expectUsageError(["tasks", "--no-stdin"], 'use "--no-stdin" with "tasks"');
});

Deno.test("an unknown verb is answered with the likeliest meaning", () => {
  expectUsageError(["exce", "web"], '"exce": no such command', "porthole exec");
  expectUsageError(["versoin"], "no such command", "porthole version");
  expectUsageError(["web"], '"web": no such command', "porthole exec web");
  expectUsageError(
    ["prod/web", "--", "ls", "-la"],
    "",
    "porthole exec prod/web -- ls -la",
  );
  expectUsageError(["web", "ls", "-la"], "", "porthole exec web -- ls -la");
  expectUsageError(
    ["--region", "r", "web"],
    "",
    "porthole exec --region r web",
  );
  expectUsageError(
    ["--", "ls"],
    "no command (exec, run, …) before it",
    "porthole exec -- ls",
  );
  expectUsageError([""], '"": no such command');
  expectUsageError(["constructor"], "no such command");
  expectUsageError(["EXEC"], "no such command", "porthole exec");
  expectUsageError(["frobnicate"], "no such command", "exec, run, forward");
});

Deno.test("deploy is answered with what there is instead", () => {
  expectUsageError(
    ["deploy", "-a", "my-app"],
    "it does not deploy",
    "porthole enable-exec SERVICE",
  );
});

Deno.test("version takes no words", () => {
  assert.equal(parse(["version"]).kind, "version");
  assert.equal(parse(["--version"]).kind, "version");
  assert.equal(parse(["exec", "web", "--version"]).kind, "version");
  expectUsageError(["version", "web"], '"web"');
  expectUsageError(["version", "a", "b"], '"a"');
  expectUsageError(["version", "--", "ls"], '"--"');
});

Deno.test("version looks for a newer one when asked alone", () => {
  const check = (...words: string[]) => {
    const invocation = parse(words);
    return invocation.kind === "version" ? invocation.check : undefined;
  };
  assert.equal(check("version"), false);
  assert.equal(check("version", "--check"), true);
  assert.equal(check("--version", "--check"), true);
  assert.equal(check("version", "--check=no"), false);
  expectUsageError(["exec", "--check"], 'a flag of "version"');
});

Deno.test("the verb is known even when the rest is wrong", () => {
  assert.equal(verbOf(readWords(["exec", "--bogus"])), "exec");
  assert.equal(
    verbOf(readWords(["--service", "x", "exec", "--service"])),
    "exec",
  );
  assert.equal(verbOf(readWords(["--service", "exec"])), undefined);
  assert.equal(verbOf(readWords(["version", "a", "b", "c"])), "version");
  assert.equal(verbOf(readWords(["--bogus", "exec"])), undefined);
  assert.equal(verbOf(readWords(["--", "exec"])), undefined);
  assert.equal(verbOf(readWords([])), undefined);
});

Deno.test("any words are read or refused, never a crash", () => {
  const words = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "exec",
      "help",
      "--",
      "-",
      "-i",
      "-it",
      "-c",
      "--service",
      "web",
      "--debug=",
    ),
    fc.constantFrom(
      "--command",
      "-n=x",
      "--task-id",
      "--\0",
      "--debug\0",
      "-=",
      "=",
      "__proto__",
    ),
  );
  fc.assert(fc.property(fc.array(words), (argv) => {
    try {
      parseArgs(readWords(argv), () => undefined);
    } catch (error) {
      assert.ok(error instanceof PortholeError, String(error));
      assert.match(error.message, /^Cannot /);
      assert.doesNotMatch(error.message, /\.$/);
    }
  }));
});
