import assert from "node:assert/strict";
import { split } from "shlex";
import type { ExecInvocation } from "../../src/args/invocation.ts";
import { checkFlags } from "../../src/exec/check_flags.ts";
import type { Client, DockerItself } from "../../src/exec/choose_client.ts";
import { explainUnknownStatus } from "../../src/exec/explain_unknown_status.ts";
import {
  describeCommand,
  type HostPlace,
  prepareCommand,
  prepareHostCommand,
} from "../../src/exec/prepare_command.ts";
import { PortholeError } from "../../src/errors.ts";

const INVOCATION: ExecInvocation = {
  kind: "exec",
  shared: {
    logFormat: "text",
    color: "auto",
    debug: false,
    noInput: false,
  },
  command: { kind: "argv", argv: ["echo", "a b"] },
  interactive: false,
  tty: false,
  noStdin: false,
  noShell: false,
  dryRun: false,
  output: "text",
  stderr: "merge",
  env: [],
  privileged: false,
  agentTimeoutMs: 30_000,
};
const builtin: Client = { kind: "builtin" };
const plugin: Client = { kind: "plugin", path: "/bin/plugin" };

interface Surroundings {
  readonly host?: HostPlace;
  readonly client?: Client | DockerItself;
  readonly interactive?: boolean;
  readonly stdin?: boolean;
  readonly windows?: boolean;
  readonly shell?: string;
}

function prepare(
  fields: Partial<ExecInvocation>,
  {
    client = builtin,
    interactive = false,
    stdin = false,
    windows = false,
    shell = "",
    host,
  }: Surroundings = {},
) {
  const request = {
    invocation: { ...INVOCATION, ...fields },
    config: shell === ""
      ? {}
      : { shell: { value: shell, source: { kind: "default" } } } as const,
    streams: { interactive, stdin, binary: true },
    windows,
  };
  return host === undefined || client.kind === "docker"
    ? prepareCommand({ ...request, client })
    : prepareHostCommand({ ...request, client }, host);
}

function check(
  fields: Partial<ExecInvocation>,
  { client = builtin, interactive = false, windows = false, host }:
    Surroundings = {},
): void {
  checkFlags(
    { ...INVOCATION, ...fields },
    { interactive, stdin: false, binary: true },
    { client: client.kind, windows, onInstance: host !== undefined },
  );
}

function unknown(
  fields: Partial<ExecInvocation>,
  { client = builtin, windows = false, interactive = false }: Surroundings = {},
): string {
  const choice = { ...client, because: "it was requested" };
  return explainUnknownStatus(
    { client: choice, windows },
    { ...INVOCATION, ...fields },
    { interactive },
  ) ?? "";
}

function expectRefusal(prepared: () => unknown, message: RegExp): void {
  assert.throws(
    prepared,
    (error: unknown) =>
      error instanceof PortholeError && error.code === "usage" &&
      message.test(error.message),
  );
}

Deno.test("the built-in client runs the words behind a script that tells the status", () => {
  const { text, wrapped } = prepare({});
  assert.deepEqual(split(text).slice(-2), ["echo", "a b"]);
  assert.equal(wrapped?.command, text);
  assert.equal(wrapped?.options.binary, true);
  assert.equal(wrapped?.options.splitStderr, false);
  assert.equal(unknown({}), "");
  assert.equal(
    prepare({ stderr: "split" }).wrapped?.options.splitStderr,
    true,
  );
});

Deno.test("--no-shell sends words and lines as they are", () => {
  assert.equal(prepare({ noShell: true }).text, "echo 'a b'");
  const line = prepare({
    noShell: true,
    command: { kind: "line", line: "echo 'a b' $HOME" },
  });
  assert.equal(line.text, "echo 'a b' $HOME");
  assert.equal(line.wrapped, undefined);
  assert.match(unknown({ noShell: true }), /nothing in the container/);
});

Deno.test("the plugin's user gets the words themselves, its pipe the same script without stdin", () => {
  const person = prepare({}, { client: plugin, interactive: true });
  assert.equal(person.text, "echo 'a b'");
  assert.equal(person.wrapped, undefined);
  const line = prepare({ command: { kind: "line", line: "a | b" } }, {
    client: plugin,
    interactive: true,
  });
  assert.deepEqual(split(line.text), ["sh", "-c", "a | b"]);
  assert.equal(prepare({}, { stdin: true }).wrapped?.options.stdin, true);
  const pipe = prepare({}, { client: plugin, stdin: true });
  assert.equal(pipe.wrapped?.command, pipe.text);
  assert.equal(pipe.wrapped?.options.stdin, false);
  assert.equal(unknown({}, { client: plugin }), "");
  assert.match(unknown({}, { client: plugin, interactive: true }), /plugin/);
  assert.match(unknown({ noShell: true }, { client: plugin }), /container/);
});

Deno.test("the shell of the file may have arguments", () => {
  for (const client of [builtin, plugin]) {
    const { text } = prepare({ command: { kind: "shell" } }, {
      client,
      interactive: true,
      shell: "bash -l",
    });
    assert.deepEqual(split(text).slice(-2), ["bash", "-l"]);
  }
});

Deno.test("a Windows task gets the command unwrapped", () => {
  const windows = { windows: true };
  assert.equal(prepare({}, windows).text, "echo 'a b'");
  assert.equal(
    prepare({ command: { kind: "shell" } }, windows).text,
    "powershell.exe",
  );
  expectRefusal(() => check({ user: "a" }, windows), /"--user".*Windows/);
  expectRefusal(
    () => check({ env: [{ name: "A", value: "" }] }, windows),
    /"--env".*Windows/,
  );
});

Deno.test("variables and places go to the command, and no value with its words", () => {
  const fields = {
    workdir: "/srv",
    env: [{ name: "A", value: "b c" }],
  };
  for (const interactive of [false, true]) {
    const { text, wrapped } = prepare(fields, {
      client: builtin,
      interactive,
    });
    const words = split(text);
    assert.ok(words.includes("/srv"));
    assert.deepEqual(words.slice(-2), ["echo", "a b"]);
    assert.doesNotMatch(text, /b c/);
    assert.match(wrapped?.variables ?? "", /'A=b c'/);
  }
  expectRefusal(
    () => check(fields, { client: plugin, interactive: true }),
    /"--env" in an interactive session with --session plugin/,
  );
});

Deno.test("variables that are longer than one can be are refused", () => {
  const value = (length: number) => ({
    env: [{ name: "A", value: "é".repeat(length / 2) }],
  });
  check(value(131_000));
  expectRefusal(
    () => check(value(131_072)),
    /131\d+ bytes long/,
  );
});

Deno.test("a flag that would do nothing is refused", () => {
  const piped = { client: plugin };
  expectRefusal(
    () => check({ binary: true }, { ...piped, interactive: true }),
    /"--binary" with --session plugin/,
  );
  expectRefusal(() => check({ keepAlive: true }, piped), /"--keep-alive"/);
  expectRefusal(
    () => check({ stderr: "split" }, { interactive: true }),
    /interactive/,
  );
  check({ binary: false, keepAlive: false }, piped);
  check({ binary: true, stderr: "split" }, piped);
});

Deno.test("the command is shown as it was typed", () => {
  const shown = (command: ExecInvocation["command"]) =>
    describeCommand(command, {});
  assert.equal(shown({ kind: "argv", argv: ["a", "b c"] }), "a 'b c'");
  assert.equal(shown({ kind: "line", line: "a | b" }), "a | b");
  assert.equal(shown({ kind: "shell" }), "bash or sh");
});

Deno.test("Docker gets the user's own words, whatever is before them", () => {
  const docker = { kind: "docker" } as const;
  const placed = {
    user: "app",
    workdir: "/",
    env: [{ name: "A", value: "b" }],
  };
  const { words, wrapped } = prepare(placed, { client: docker });
  assert.deepEqual(words, ["echo", "a b"]);
  assert.equal(wrapped, undefined);
  const line = { kind: "line", line: "ls 'a b'" } as const;
  assert.deepEqual(prepare({ command: line }, { client: docker }).words, [
    "sh",
    "-c",
    "ls 'a b'",
  ]);
  assert.deepEqual(
    prepare({ command: line, noShell: true }, { client: docker }).words,
    ["ls", "a b"],
  );
});

Deno.test("a shell of the host gets docker's words, with the watchdog's around the command", () => {
  const host: HostPlace = {
    containerId: "c",
    watch: (words) => ["watched", ...words],
  };
  const placed = { user: "app", env: [{ name: "A", value: "{{b}}" }] };
  const { text, words, wrapped } = prepare(placed, { host });
  assert.deepEqual(words.slice(words.indexOf("docker")), [
    ...["docker", "exec", "--user", "app", "--env", "A"],
    ...["c", "watched", "echo", "a b"],
  ]);
  assert.match(wrapped?.variables ?? "", /'A=\{\{b\}\}'/);
  expectRefusal(
    () => check({ env: [{ name: "DOCKER_HOST", value: "x" }] }, { host }),
    /"DOCKER_HOST" with --env/,
  );
  assert.equal(wrapped?.options.onDockerHost, true);
  assert.ok(!text.includes("{{"));
  const unwatched = prepare({}, { host: { containerId: "c" } }).words;
  assert.deepEqual(unwatched.slice(-3), ["c", "echo", "a b"]);
});
