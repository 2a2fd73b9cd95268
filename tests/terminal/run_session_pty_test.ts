import assert from "node:assert/strict";
import { openPty, type Pty } from "../e2e/pty.ts";

const PROGRAM = new URL("session_program.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

function openSession(
  mode: "interactive" | "plain" | "stdin",
  ...more: readonly "stays"[]
): Pty {
  return openPty({
    command: Deno.execPath(),
    args: ["run", "-A", "--config", CONFIG, PROGRAM, mode, ...more],
  });
}

async function startInteractive(): Promise<Pty> {
  const pty = openSession("interactive");
  await pty.waitFor("[80x24]");
  return pty;
}

async function assertRestored(pty: Pty, code: number): Promise<void> {
  const exit = await pty.exit;
  assert.equal(exit.code, code, pty.output);
  assert.equal(exit.sttyAfter, exit.sttyBefore);
}

// node-pty's own handles live a little longer than the terminal.
function testInPty(name: string, run: () => Promise<void>): void {
  Deno.test({
    name,
    fn: run,
    ignore: Deno.build.os === "windows",
    sanitizeResources: false,
    sanitizeOps: false,
  });
}

testInPty("a session's own end restores the terminal", async () => {
  const pty = await startInteractive();
  pty.write("q");
  await pty.waitFor('"end":{"kind":"status","status":7}');
  await assertRestored(pty, 7);
});

const ends: readonly [string, (pty: Pty) => void | Promise<void>][] = [
  ["a session's own end", (pty) => pty.write("q")],
  ["a lost connection", (pty) => pty.write("l")],
  ["~.", (pty) => pty.write("\r~.")],
  ["SIGTERM", (pty) => pty.kill("SIGTERM")],
  ["SIGHUP", (pty) => pty.kill("SIGHUP")],
];

for (const [name, end] of ends) {
  testInPty(
    `after ${name} the terminal is restored for what is said then`,
    async () => {
      const pty = openSession("interactive", "stays");
      await pty.waitFor("[80x24]");
      await end(pty);
      // A raw terminal's line feeds are line feeds alone.
      await pty.waitFor(/\r\noutcome .*\r\n/);
      const after = await pty.sttyState();
      pty.write("\n");
      assert.equal(after, (await pty.exit).sttyBefore);
    },
  );
}

testInPty("a lost connection restores the terminal", async () => {
  const pty = await startInteractive();
  pty.write("l");
  await pty.waitFor('"kind":"failed"');
  await assertRestored(pty, 0);
});

testInPty(
  "an exception that nobody catches restores the terminal",
  async () => {
    const pty = await startInteractive();
    pty.write("t");
    await pty.waitFor("thrown");
    await assertRestored(pty, 1);
  },
);

for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testInPty(
    `${signal} ends the session and restores the terminal`,
    async () => {
      const pty = await startInteractive();
      await pty.kill(signal);
      await pty.waitFor(
        `"kind":"interrupted","signal":"${signal}","status":${status},"gaveUp":false`,
      );
      await assertRestored(pty, status);
    },
  );

  testInPty(`${signal} is obeyed though the session does not end`, async () => {
    const pty = await startInteractive();
    pty.write("s");
    await pty.waitFor("<73>");
    await pty.kill(signal);
    await pty.waitFor(`"signal":"${signal}","status":${status},"gaveUp":true`);
    await assertRestored(pty, status);
  });
}

testInPty(
  "~. at the start of a line leaves and restores the terminal",
  async () => {
    const pty = await startInteractive();
    pty.write("a~.");
    await pty.waitFor("<61><7e><2e>");
    pty.write("\r~");
    await pty.waitFor("<0d>");
    pty.write(".");
    await pty.waitFor('"kind":"left","status":130');
    await assertRestored(pty, 130);
  },
);

testInPty("every key is the remote's", async () => {
  const pty = await startInteractive();
  pty.write("\x03\x1a\x1c\x04\x13\x11\r\té");
  await pty.waitFor("<03><1a><1c><04><13><11><0d><09><c3><a9>");
  pty.write("q");
  await assertRestored(pty, 7);
});

testInPty(
  "INT, TSTP and QUIT sent to porthole are the remote's keys",
  async () => {
    const pty = await startInteractive();
    await pty.kill("SIGINT");
    await pty.waitFor("<03>");
    await pty.kill("SIGTSTP");
    await pty.waitFor("<1a>");
    await pty.kill("SIGQUIT");
    await pty.waitFor("<1c>");
    pty.write("q");
    await assertRestored(pty, 7);
  },
);

testInPty("the remote learns every new size", async () => {
  const pty = await startInteractive();
  pty.resize(100, 30);
  await pty.waitFor("[100x30]");
  pty.resize(40, 10);
  await pty.waitFor("[40x10]");
  pty.write("q");
  await assertRestored(pty, 7);
});

testInPty("a stop and a fg: raw again, and the size told again", async () => {
  const pty = await startInteractive();
  await waitUntil(async () => !processesOutput(await pty.sttyState()));
  const raw = await pty.sttyState();
  await pty.kill("SIGSTOP");
  await pty.setStty("sane");
  await pty.kill("SIGCONT");
  await pty.waitFor("[80x24]");
  await waitUntil(async () => await pty.sttyState() === raw);
  pty.write("\x03q");
  await pty.waitFor("<03>");
  await assertRestored(pty, 7);
});

testInPty("the remote's bytes reach the screen unchanged", async () => {
  const pty = await startInteractive();
  // They do so once stty has run, which the terminal's settings tell.
  await waitUntil(async () => !processesOutput(await pty.sttyState()));
  pty.write("d");
  await pty.waitFor("A\nB\x07");
  pty.write("q");
  await assertRestored(pty, 7);
});

testInPty("a closed window ends porthole", async () => {
  const pty = await startInteractive();
  const pid = await pty.pid;
  pty.close();
  await assert.rejects(pty.exit);
  await waitUntil(async () => !await isRunning(pid));
});

/** Whether settings printed by `stty -g` have the lowest bit of the output flags, OPOST. */
function processesOutput(settings: string): boolean {
  return Number.parseInt(settings.split(":")[1] ?? "", 16) % 2 === 1;
}

async function isRunning(pid: number): Promise<boolean> {
  const { success } = await new Deno.Command("kill", {
    args: ["-0", `${pid}`],
    stderr: "null",
  }).output();
  return success;
}

/** Asks again and again, for what announces itself by no event. */
async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!await holds()) {
    assert(Date.now() < deadline, "it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

testInPty(
  "a plain session leaves the terminal and its keys alone",
  async () => {
    const pty = openSession("plain");
    await pty.waitFor("<end of input>");
    const during = await pty.sttyState();
    pty.write("\x03");
    await pty.waitFor(
      '"kind":"interrupted","signal":"SIGINT","status":130,"gaveUp":false',
    );
    const exit = await pty.exit;
    assert.equal(exit.code, 130);
    assert.equal(during, exit.sttyBefore);
    assert.equal(exit.sttyAfter, exit.sttyBefore);
  },
);
