import assert from "node:assert/strict";
import { testPorthole } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox({
  services: 7,
  images: { "service-6/app": "no-sh", "service-7/app": "no-stty" },
});
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };
/** busybox asks the terminal for its cursor behind it. */
// deno-lint-ignore no-control-regex
const PROMPT = /[#$] (\x1b\[6n)?$/;

// --- not interactive

const commands: readonly (readonly [status: number, ...words: string[]])[] = [
  [0, "true"],
  [1, "false"],
  [7, "sh", "-c", "exit 7"],
  [126, "/etc/passwd"],
  [127, "no-such-program"],
  [137, "sh", "-c", "kill -KILL $$"],
  [143, "sh", "-c", "kill -TERM $$"],
  [255, "sh", "-c", "exit 255"],
];

for (const [status, ...words] of commands) {
  testOnce(
    `${words.join(" ")}: ${status} from every shell`,
    (porthole) =>
      inEveryShell(async ({ target }) => {
        const result = await porthole.run(
          ["exec", "-q", ...target, "--", ...words],
          { env },
        );
        assert.equal(result.status, status, result.stderr);
        assert.equal(result.signal, null);
      }),
  );
}

testOnce(
  "the shell's builtins are no commands: exit and exec are not found",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        ["exec", "-q", ...target, "--", "exit", "3"],
        { env },
      );
      assert.equal(result.status, 127, result.stderr);
    }),
);

testOnce(
  "a command that prints what looks like our marker fools nobody",
  async (porthole) => {
    const looksLike = "\x1e0123456789abcdef0123456789abcdef:9\x1e";
    const result = await porthole.run(
      ["exec", "-q", "worker", "--", "printf", "%s", looksLike],
      { env },
    );
    assert.equal(result.text, looksLike);
    assert.equal(result.status, 0);
  },
);

testOnce(
  "a command killed together with its wrapper: 125, and it may still be running",
  (porthole) =>
    inEveryShell(async ({ name, target }) => {
      const running = porthole.start(
        [
          "exec",
          "-q",
          ...target,
          "--",
          "sh",
          "-c",
          `echo ${name}; exec sleep 30`,
        ],
        { env },
      );
      await running.waitFor(`${name}\n`);
      // The shells run at once, so that a session is told by its command.
      const pid = sandbox.sessions().findLast(({ command, state }) =>
        state === "running" && command.includes(`echo ${name}; exec sleep`)
      )?.pid;
      assert(pid);
      // All of its group: a part of the wrapper that lives on tells how the command ended.
      Deno.kill(-pid, "SIGKILL");
      const result = await running.result;
      assert.match(result.stderr, /^error: Cannot determine the exit status/m);
      assert(
        result.stderr.includes(
          `may still be running in the container (process group ${pid})`,
        ),
        result.stderr,
      );
      assert.equal(result.text, `${name}\n`);
      assert.equal(result.status, 125);
    }),
);

// --- without a shell

testPorthole(
  "--no-shell: status 0 on a normal end, and once that it is unknown",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--no-shell", "--", "sh", "-c", "exit 7"],
      { env },
    );
    assert.equal(result.status, 0);
    assert.equal(result.stderr.match(/unknown/g)?.length, 1, result.stderr);
  },
);

testOnce("--no-shell: the agent's own reasons", async (porthole) => {
  const folder = await Deno.makeTempDir();
  const [script, junk] = [`${folder}/script`, `${folder}/junk`];
  try {
    await Deno.writeTextFile(script, "#!/no/such/shell\n", { mode: 0o755 });
    await Deno.writeFile(junk, Uint8Array.of(0, 1, 2, 3), { mode: 0o755 });
    const cases: readonly (readonly [number, RegExp, ...string[]])[] = [
      [127, /executable file not found in \$PATH/, "--", "no-such-program"],
      [127, /no such file or directory/, "--", "/no/such/program"],
      [127, /no such file or directory/, "--", script],
      [126, /permission denied/, "--", "/etc/passwd"],
      [126, /permission denied/, "--", "/"],
      [126, /exec format error/, "--", junk],
      [125, /EOF found when expecting closing quote/, "--command", "echo 'a"],
    ];
    await Promise.all(cases.map(async ([status, reason, ...words]) => {
      const result = await porthole.run(
        ["exec", "-q", "worker", "--no-shell", ...words],
        { env },
      );
      assert.match(result.stderr, /^error: Cannot start the command: /m);
      assert.match(result.stderr, reason);
      assert.equal(result.text, "");
      assert.equal(result.status, status, words.join(" "));
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testOnce(
  "an image without sh is explained, and --no-shell works there",
  async (porthole) => {
    const wrapped = await porthole.run(
      ["exec", "-q", "service-6", "--", "echo", "a"],
      { env },
    );
    assert.match(wrapped.stderr, /^error: .*no usable "sh"/m);
    assert.match(wrapped.stderr, /^hint: --no-shell/m);
    assert.equal(wrapped.status, 127);
    const bare = await porthole.run(
      ["exec", "service-6", "--no-shell", "--", "echo", "a"],
      { env },
    );
    assert.equal(bare.text.replaceAll("\r", ""), "a\n");
    assert.equal(bare.status, 0);
  },
);

// --- interactive

/** Nothing of what our own wrapper says is for the screen. */
function assertNoMarker(screen: string): void {
  assert(!screen.includes("\x1e"), JSON.stringify(screen));
  for (const { command } of sandbox.sessions()) {
    const nonce = /\b_n=([0-9a-f]{16})\b/.exec(command)?.[1];
    assert(nonce === undefined || !screen.includes(nonce));
  }
}

const endings: readonly (readonly [status: number, ...keys: string[]])[] = [
  [5, "exit 5\r"],
  [3, "(exit 3)\r", "\x04"],
  [137, "kill -9 $$\r"],
];

for (const [status, ...keys] of endings) {
  const typed = keys.map((one) => JSON.stringify(one)).join(" ");
  testOnce(
    `an interactive shell, ${typed}: ${status}`,
    (porthole) =>
      inEveryShell(async ({ target }) => {
        const terminal = porthole.openPty(["exec", ...target], { env });
        for (const key of keys) {
          await terminal.waitFor(PROMPT);
          terminal.write(key);
        }
        const { code, sttyBefore, sttyAfter } = await terminal.exit;
        assert.equal(code, status, terminal.output);
        assert.equal(sttyAfter, sttyBefore);
        assertNoMarker(terminal.output);
      }),
  );
}

testPorthole("-it with a command: its status", async (porthole) => {
  const terminal = porthole.openPty([
    "exec",
    "-it",
    "worker",
    "--",
    "sh",
    "-c",
    "tty; exit 9",
  ], { env });
  await terminal.waitFor("/dev/pts/");
  assert.equal((await terminal.exit).code, 9);
});

testOnce(
  "Ctrl-C, Ctrl-Z and jobs are the interactive shell's own",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const terminal = porthole.openPty(["exec", ...target], { env });
      await terminal.waitFor(PROMPT);
      terminal.write("echo be''gun; sleep 100\r");
      await terminal.waitFor("begun");
      // dash and busybox lose an interrupt that comes while they start a program.
      await until(() => {
        terminal.write("\x03");
        return PROMPT.test(terminal.output);
      });
      // The terminal forgets what was typed right behind an interrupt.
      await until(() => {
        terminal.write("echo still $((40+2))\r");
        return terminal.output.includes("still 42");
      });

      await terminal.waitFor(PROMPT);
      terminal.write("sleep 100 &\r");
      await terminal.waitFor(PROMPT);
      terminal.write("jobs\r");
      await terminal.waitFor(/Running|sleep 100/);
      await terminal.waitFor(PROMPT);
      terminal.write("fg\r");
      await terminal.waitFor("sleep 100");
      // It may take a moment until it has the terminal.
      await until(() => {
        terminal.write("\x03echo after $?\r");
        return terminal.output.includes("after 130");
      });

      terminal.write("\r");
      await terminal.waitFor(PROMPT);
      terminal.write("echo be''gun2; sleep 100\r");
      await terminal.waitFor("begun2");
      await until(() => {
        terminal.write("\x1a");
        return /Stopped/.test(terminal.output);
      });
      terminal.write("kill %1; exit 4\r");
      await terminal.waitFor("exit 4");
      // Some shells hold their end back once because of a job.
      await until(() => {
        terminal.write("exit 4\r");
        return hasEnded(terminal.exit);
      });
      assert.equal((await terminal.exit).code, 4, terminal.output);
      assert(!terminal.output.includes("\x1e"));
    }),
);

async function hasEnded(exit: Promise<unknown>): Promise<boolean> {
  return await Promise.race([
    exit.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), 300)),
  ]);
}

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  for (let round = 0; round < 50; round++) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("It never came to be");
}
