import assert from "node:assert/strict";
import { openPty, type Pty } from "../../e2e/pty.ts";
import {
  installStandInPlugin,
  type StandIn,
  type StandInOptions,
} from "./stand_in_plugin.ts";

const PROGRAM = new URL("attached_program.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;

/** Runs `body` against an interactive session in a terminal, the stand-in in its PATH. */
function testInTerminal(
  name: string,
  options: StandInOptions,
  body: (pty: Pty, standIn: StandIn) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    // node-pty's own handles live a little longer than the terminal.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const standIn = await installStandInPlugin(folder, options);
        const pty = openPty({
          command: Deno.execPath(),
          args: ["run", "-A", "--config", CONFIG, PROGRAM],
          env: {
            ...Deno.env.toObject(),
            PATH: `${folder}:${Deno.env.get("PATH")}`,
          },
        });
        await body(pty, standIn);
        const exit = await pty.exit;
        assert.equal(exit.sttyAfter, exit.sttyBefore);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** The same, once the session is open. */
function testAttached(
  name: string,
  body: (pty: Pty, standIn: StandIn) => Promise<void>,
): void {
  testInTerminal(name, {}, async (pty, standIn) => {
    await pty.waitFor(
      "Starting session with SessionId: ecs-execute-command-0abc",
    );
    await pty.waitFor("opened");
    pty.write("hello\r");
    await pty.waitFor("remote: hello");
    await body(pty, standIn);
  });
}

testAttached(
  "the terminal that the plugin leaves broken is restored",
  async (pty) => {
    assert.notEqual(await pty.sttyState(), (await endNormally(pty)).sttyBefore);
    assert.equal((await pty.exit).code, 0);
  },
);

testAttached(
  "Ctrl-C, Ctrl-Z and Ctrl-\\ are the plugin's, and porthole lives on",
  async (pty, standIn) => {
    for (
      const [key, signal] of [["\x03", "INT"], ["\x1a", "TSTP"], [
        "\x1c",
        "QUIT",
      ]] as const
    ) {
      pty.write(key);
      await pty.waitFor(`<${signal}>`);
    }
    await endNormally(pty);
    assert.deepEqual(await standIn.readSignals(), ["INT", "TSTP", "QUIT"]);
  },
);

testAttached(
  "a stop and a fg: the terminal has the plugin's modes again",
  async (pty) => {
    const during = await pty.sttyState();
    await pty.kill("SIGSTOP");
    await pty.setStty("sane");
    assert.notEqual(await pty.sttyState(), during);
    await pty.kill("SIGCONT");
    while (await pty.sttyState() !== during);
    await endNormally(pty);
  },
);

for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testAttached(`${signal} ends the plugin and the session`, async (pty) => {
    await pty.kill(signal);
    await pty.waitFor("terminated ecs-execute-command-0abc");
    await pty.waitFor(`end {"kind":"status","status":${status}}`);
    assert.equal((await pty.exit).code, status);
  });
}

for (
  const [how, opening, said] of [
    ["fails", "exit 3", "failed, it exited with status 3"],
    ["crashes", "kill -SEGV $$", "failed, SIGSEGV ended it"],
    // AWS's ends with 0 whatever happens: nothing more can be told.
    ["ends without a word", "exit 0", 'end {"kind":"unknown"}'],
  ] as const
) {
  for (const when of ["opening", "remote"] as const) {
    const script = when === "opening"
      ? opening
      : `${opening.replace("$$", "$PPID")}`;
    testInTerminal(
      `a plugin that ${how}, ${when}: AWS is asked to end the session`,
      { [when]: script },
      async (pty) => {
        await pty.waitFor("terminated ecs-execute-command-0abc");
        await pty.waitFor(/end .*\r\n/);
        if (when === "opening") assert(pty.output.includes(said), pty.output);
      },
    );
  }
}

testInTerminal(
  "a plugin that hears Ctrl-C first, before its session is open: cancelled all the same",
  { opening: "trap - INT; kill -INT $$" },
  async (pty) => {
    await pty.waitFor("terminated ecs-execute-command-0abc");
    await pty.waitFor(/end .*SIGINT.*\r\n/);
    assert.doesNotMatch(pty.output, /failed, SIGINT ended it/);
  },
);

async function endNormally(pty: Pty) {
  pty.write("exit\r");
  await pty.waitFor(
    "Exiting session with sessionId: ecs-execute-command-0abc.",
  );
  await pty.waitFor('end {"kind":"unknown"}');
  return await pty.exit;
}
