import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import type { Pty } from "./pty.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";

/** What a full-screen program does to a terminal, and what takes each of it back. */
const CHANGES = [
  ["\x1b[?1049h", "\x1b[?1049l"],
  ["\x1b[?1000h", "\x1b[?1000l"],
  ["\x1b[?1002h", "\x1b[?1002l"],
  ["\x1b[?1006h", "\x1b[?1006l"],
  ["\x1b[?2004h", "\x1b[?2004l"],
  ["\x1b[?1h", "\x1b[?1l"],
  ["\x1b=", "\x1b>"],
  ["\x1b[?25l", "\x1b[?25h"],
  ["\x1b[7m", "\x1b[m"],
  ["\x1b[2;5r", "\x1b[r"],
] as const;

/** The names of its sequences are written so that the echo of the command does not do what they do. */
const PROGRAM = `printf '${
  CHANGES.map(([change]) => change.replace("\x1b", "\\033")).join("")
}open%s' ed; read line\r`;

const prompt = /[#$] $/;

async function withSandbox(
  options: Partial<SandboxOptions>,
  body: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await body(sandbox);
  } finally {
    await sandbox.close();
  }
}

async function openFullScreen(
  porthole: Porthole,
  { env }: Sandbox,
): Promise<Pty> {
  const pty = porthole.openPty(["exec", "worker", "--session", "builtin"], {
    env,
  });
  await pty.waitFor(prompt);
  pty.write(PROGRAM);
  await pty.waitFor("opened");
  return pty;
}

/** What came behind the program's own output. */
const after = ({ output }: Pty): string =>
  output.slice(output.lastIndexOf("opened") + "opened".length);

const ENDS: readonly {
  readonly name: string;
  readonly code: number;
  readonly options?: Partial<SandboxOptions>;
  readonly end: (pty: Pty, sandbox: Sandbox) => void | Promise<void>;
}[] = [
  { name: "~.", code: 130, end: (pty) => pty.write("\r~.") },
  { name: "SIGTERM", code: 143, end: (pty) => pty.kill("SIGTERM") },
  {
    name: "a task that stops",
    code: 125,
    end: (_, sandbox) =>
      sandbox.stopTask(sandbox.tasks("worker")[0]?.taskId ?? "", "Scaling"),
  },
  {
    name: "a line that is lost",
    code: 125,
    options: { resume: "none" },
    end: (_, sandbox) => sandbox.dropConnections(),
  },
];

for (const { name, code, options = {}, end } of ENDS) {
  testPorthole(
    `after ${name} nothing of a full-screen program is left on the terminal`,
    (porthole) =>
      withSandbox(options, async (sandbox) => {
        const pty = await openFullScreen(porthole, sandbox);
        await end(pty, sandbox);
        const exit = await pty.exit;
        assert.equal(exit.code, code, pty.output);
        assert.equal(exit.sttyAfter, exit.sttyBefore);
        for (const [, back] of CHANGES) {
          assert(after(pty).includes(back), JSON.stringify([back, after(pty)]));
        }
        // What is said then stands on the normal screen, on lines of its own.
        const said = after(pty).split("\x1b[?1049l")[1] ?? "";
        if (code === 125) assert.match(said, /error: /);
        assert(!/error|hint/.test(after(pty).split("\x1b[?1049l")[0] ?? ""));
      }),
  );
}

testPorthole(
  "a shell's own end leaves the terminal to what it has written",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = await openFullScreen(porthole, sandbox);
      pty.write("\rexit 3\r");
      assert.equal((await pty.exit).code, 3);
      assert(!pty.output.includes("\x1b[?1049l"), pty.output);
    }),
);

testPorthole(
  "~. is followed by a new line, for the prompt that comes then",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(["exec", "worker"], { env: sandbox.env });
      await pty.waitFor(prompt);
      pty.write("~.");
      assert.equal((await pty.exit).code, 130);
      const text = pty.output.replaceAll(
        // deno-lint-ignore no-control-regex
        /\x1b(\[[^a-zA-Z]*[a-zA-Z]|\(?.)|\x0f/g,
        "",
      );
      assert.match(text, /[#$] \r*\n$/);
    }),
);

testPorthole(
  "a notice in a raw terminal stands on a line of its own",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(["exec", "worker"], { env: sandbox.env });
      await pty.waitFor(prompt);
      pty.write("printf 'half a li''ne'; read x\r");
      await pty.waitFor("half a line");
      sandbox.dropConnections();
      await pty.waitFor(/\r\n[^\r\n]*Session resumed[^\r\n]*\r\n/);
      assert.match(pty.output, /half a line\r\n[^\r\n]*\[info\][^\r\n]*\r\n/);
      pty.write("\rexit\r");
      assert.equal((await pty.exit).code, 0);
      assert(!/[^\r]\n/.test(pty.output), JSON.stringify(pty.output));
    }),
);

testPorthole(
  "^C and the error stand on different lines",
  (porthole) =>
    withSandbox({}, async (sandbox) => {
      const pty = porthole.openPty(
        ["exec", "worker", "--", "sh", "-c", "printf u%s p; exec sleep 60"],
        { env: sandbox.env },
      );
      await pty.waitFor("up");
      pty.write("\x03");
      assert.equal((await pty.exit).code, 130);
      assert.match(pty.output, /up\^C\r\nerror: Cancelled by SIGINT\r\n$/);
    }),
);
