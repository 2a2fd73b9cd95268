import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Pty } from "./pty.ts";
import { openProgramPty, type Porthole, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const prompt = /[#$] $/;

/** Opens the shell of the service's only container. */
async function openShell(
  porthole: Porthole,
  args: readonly string[] = ["worker"],
): Promise<Pty> {
  const pty = porthole.openPty(["exec", ...args], { env });
  await pty.waitFor(prompt);
  return pty;
}

/** What was typed is echoed as it was, and not as it comes out: `u%s p` against `up`. */
const sayUpAndSleep = `sh -c "printf 'u%s\\n' p; exec sleep 60"\r`;

async function assertEnd(pty: Pty, code: number): Promise<void> {
  const exit = await pty.exit;
  assert.equal(exit.code, code, pty.output);
  assert.equal(exit.sttyAfter, exit.sttyBefore);
}

testPorthole(
  "the picker, a shell, its size, Ctrl-C, its status",
  async (porthole) => {
    const pty = porthole.openPty(["exec", "web"], { env });
    await pty.waitFor("Select task number (1-2): ");
    pty.write("2\r");
    await pty.waitFor(prompt);

    pty.write("stty size\r");
    await pty.waitFor("24 80\r\n");
    pty.resize(100, 30);
    await sandbox.waitFor(({ events }) =>
      events().some((event) =>
        event.kind === "resized" && event.cols === 100 && event.rows === 30
      )
    );
    pty.write("stty size\r");
    await pty.waitFor("30 100\r\n");

    pty.write(sayUpAndSleep);
    await pty.waitFor("up\r\n");
    pty.write("\x03");
    await pty.waitFor(prompt);
    pty.write("echo alive-$((1+1))\r");
    await pty.waitFor("alive-2");

    pty.write("exit 5\r");
    await assertEnd(pty, 5);
  },
);

testPorthole("Ctrl-Z and Ctrl-\\ are the remote's too", async (porthole) => {
  const pty = await openShell(porthole);
  pty.write(sayUpAndSleep);
  await pty.waitFor("up\r\n");
  pty.write("\x1a");
  await pty.waitFor("Stopped");
  pty.write("kill -KILL %1; wait\r");
  await pty.waitFor(prompt);
  pty.write(sayUpAndSleep);
  await pty.waitFor("up\r\n");
  pty.write("\x1c");
  await pty.waitFor("Quit");
  pty.write("exit 0\r");
  await assertEnd(pty, 0);
});

testPorthole(
  "Ctrl-D ends the shell with the status of its last command",
  async (porthole) => {
    const pty = await openShell(porthole);
    pty.write("(exit 3)\r");
    await pty.waitFor(prompt);
    pty.write("\x04");
    await assertEnd(pty, 3);
  },
);

testPorthole(
  "the wrapper's own words are not on the screen",
  async (porthole) => {
    const pty = await openShell(porthole);
    pty.write("exit\r");
    await assertEnd(pty, 0);
    // deno-lint-ignore no-control-regex
    assert(!/\x1e|printf|trap :/.test(pty.output), pty.output);
  },
);

testPorthole("-it runs a command in a terminal", async (porthole) => {
  const pty = porthole.openPty(
    [
      "exec",
      "-it",
      "worker",
      "--",
      "sh",
      "-c",
      "test -t 0 && test -t 1 && stty size; exit 9",
    ],
    { env, columns: 120, rows: 40 },
  );
  await pty.waitFor("40 120");
  await assertEnd(pty, 9);
});

testPorthole(
  "-it with output that goes through tee: a terminal, the built-in client, the status",
  async (porthole) => {
    const folder = await Deno.makeTempDir();
    try {
      const command = porthole.command(["exec", "-it", "worker", "--", "sh"]);
      const pty = openProgramPty(
        [
          "sh",
          "-c",
          '{ "$@"; echo "status $?" >&2; } | tee log',
          "sh",
          ...command,
        ],
        { env, cwd: folder },
      );
      await pty.waitFor(prompt);
      assert(!pty.output.includes("session-manager-plugin"), pty.output);
      pty.write("stty size; printf 'o%s\\n' pen\r");
      await pty.waitFor("24 80\r\nopen\r\n");
      pty.write("exit 7\r");
      await pty.waitFor("status 7");
      const exit = await pty.exit;
      assert.equal(exit.sttyAfter, exit.sttyBefore);
      assert.match(
        await Deno.readTextFile(`${folder}/log`),
        /^[#$] stty size[^]*24 80\r\nopen\r\n/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testPorthole(
  "-i with output that goes to a pipe stays plain, and a shell needs -t there",
  async (porthole) => {
    const pipe = (...args: readonly string[]) =>
      openProgramPty(
        ["sh", "-c", '"$@" | cat', "sh", ...porthole.command(args)],
        { env },
      );
    const plain = pipe("exec", "-i", "worker", "--", "test", "-t", "1");
    plain.write("\x04");
    await plain.exit;
    assert(!/error/.test(plain.output), plain.output);
    const shell = pipe("exec", "worker");
    await shell.waitFor("error: Cannot open a shell");
    await shell.waitFor("-it");
    const json = pipe("exec", "-it", "worker", "-o", "json", "--", "true");
    await json.waitFor('error: Cannot use "--output json"');
  },
);

testPorthole(
  "a command without -i leaves the keys to the local shell",
  async (porthole) => {
    const pty = porthole.openPty(
      ["exec", "worker", "--", "sh", "-c", "echo up; exec sleep 60"],
      { env },
    );
    await pty.waitFor("up\r\n");
    const during = await pty.sttyState();
    pty.write("\x03");
    const exit = await pty.exit;
    assert.equal(exit.code, 130);
    assert.equal(during, exit.sttyBefore);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
  },
);

testPorthole("~. at the start of a line leaves, with 130", async (porthole) => {
  const pty = await openShell(porthole);
  pty.write("\r~.");
  await assertEnd(pty, 130);
});

testPorthole(
  "~. leaves behind a paste that nothing reads",
  async (porthole) => {
    const pty = await openShell(porthole);
    pty.write("stty raw -echo; sleep 60\r");
    pty.write("x".repeat(400_000));
    pty.write("\r~.");
    await assertEnd(pty, 130);
  },
);

testPorthole(
  "~. leaves though the terminal has answered a prompt of busybox",
  async (porthole) => {
    const pty = await openShell(porthole);
    pty.write("\x1b[24;1R~\x1b[24;1R.");
    await assertEnd(pty, 130);
  },
);

testPorthole(
  "without the plugin the built-in client is used, and one line says so",
  async (porthole) => {
    const pty = await openShell(porthole);
    const lines = pty.output.split("\r\n").filter((line) =>
      line.includes("session-manager-plugin")
    );
    assert.equal(lines.length, 1, pty.output);
    assert.match(
      lines[0] ?? "",
      /not found in PATH, using the built-in client .*https:\/\/docs\.aws\.amazon\.com\//,
    );
    pty.write("exit\r");
    await assertEnd(pty, 0);
  },
);

testPorthole(
  "--session builtin says nothing of the plugin",
  async (porthole) => {
    const pty = await openShell(porthole, ["worker", "--session", "builtin"]);
    assert(!pty.output.includes("session-manager-plugin"));
    pty.write("exit\r");
    await assertEnd(pty, 0);
  },
);

testPorthole("exec.shell of the file is the shell", async (porthole) => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/ecspresso.yml`,
      "service: worker\nregion: us-east-1\nexec:\n  shell: /bin/dash\n",
    );
    const pty = porthole.openPty(["exec", "--config", "ecspresso.yml"], {
      env,
      cwd: folder,
    });
    await pty.waitFor(prompt);
    pty.write("echo name-$0\r");
    await pty.waitFor("name-/bin/dash");
    pty.write("exit 4\r");
    await assertEnd(pty, 4);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testPorthole(
  "what is typed ahead of the shell reaches it",
  async (porthole) => {
    const pty = porthole.openPty(["exec", "worker"], { env });
    await pty.waitFor("Starting exec");
    pty.write("exit 6\r");
    await assertEnd(pty, 6);
  },
);
