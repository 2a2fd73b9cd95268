import assert from "node:assert/strict";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";

// What a command does to the terminal, to its process group and to those it leaves behind.
const sandbox = await startShellSandbox();
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };

// In each shell the wrapper is tried by tests/session; here it is the session around it.
const ONE = ["worker"];

function run(
  porthole: Porthole,
  target: readonly string[],
  line: string,
  { stdin, flags = [] }: {
    readonly stdin?: Uint8Array;
    readonly flags?: readonly string[];
  } = {},
) {
  return porthole.run(
    ["exec", ...flags, ...target, "--", "sh", "-c", line],
    { env, ...(stdin === undefined ? {} : { stdin }) },
  );
}

testPorthole(
  "a text for /dev/tty is no output, and told once",
  async (porthole) => {
    const line = "echo hello; sleep .2; echo test >/dev/tty; " +
      "seq 1 1000; echo more >/dev/tty; exit 3";
    for (const flags of [["-q"], ["-q", "--stderr", "split"]]) {
      const { text, stderr, status } = await run(porthole, ONE, line, {
        flags,
      });
      assert.equal(text.length, "hello\n".length + 3893);
      assert.equal(status, 3);
      const told = stderr.match(/^.*\[warn\].*$/gm) ?? [];
      assert.equal(told.length, 1, stderr);
      assert.match(told[0] ?? "", /wrote to the terminal.*"test/);
    }
  },
);

for (
  const [at, [line, ...flags]] of [
    ["sleep 3000 & exit 4"],
    ["nohup sleep 3000 >/dev/null 2>&1 & exit 4", "--stderr", "split"],
    ["(trap '' HUP; exec sleep 3000) & exit 4", "--stderr", "split"],
    ["trap '' HUP; sleep 3000 & exit 4"],
  ].entries()
) {
  testPorthole(
    `a process in the background: the command's status, and the session is closed: ${line}`,
    (porthole) =>
      inEveryShell(async ({ name, target }) => {
        const own = `: ${porthole.variant}-${name}-${at};`;
        const result = await run(porthole, target, `${own} ${line}`, {
          flags: ["-q", ...flags],
        });
        assert.equal(result.status, 4, result.stderr);
        const ours = sandbox.sessions().filter(({ command }) =>
          command.includes(own)
        );
        assert.deepEqual(ours.map(({ state }) => state), ["closed"]);
        // The wrapper itself has let go, and nothing of its own is left.
        assert.ok(
          !sandbox.requests().some(({ operation, parameters }) =>
            operation === "TerminateSession" &&
            JSON.stringify(parameters).includes(ours[0]?.sessionId ?? "-")
          ),
        );
        const { stdout } = await new Deno.Command("ps", {
          args: ["-eo", "args"],
        }).output();
        const left = new TextDecoder().decode(stdout).split("\n").filter((
          args,
        ) => args.startsWith("sh -c n=") && args.includes(own));
        assert.deepEqual(left, []);
      }),
  );
}

for (const [signal, status] of [["TERM", 143], ["HUP", 129]] as const) {
  testPorthole(
    `kill -${signal} 0 ends the command, and not its wrapper`,
    async (porthole) => {
      const killed = await run(
        porthole,
        ONE,
        `echo before; kill -${signal} 0; sleep 9`,
        { flags: ["-q"] },
      );
      assert.deepEqual([killed.text, killed.status], ["before\n", status]);
    },
  );

  testPorthole(
    `kill -${signal} 0 is what the command makes of it`,
    async (porthole) => {
      const trapped = await run(
        porthole,
        ONE,
        `trap 'exit 9' ${signal}; cat | wc -c; kill -${signal} 0; sleep 9`,
        { flags: ["-q"], stdin: new Uint8Array(100_000) },
      );
      assert.deepEqual([trapped.text.trim(), trapped.status], ["100000", 9]);
    },
  );
}

for (const change of ["raw", "sane", "-icanon", "echo"]) {
  testPorthole(
    `stty ${change} while stdin is on its way: all of it, or 125 with the cause`,
    async (porthole) => {
      const stdin = new Uint8Array(200_000).fill(0x61);
      const result = await run(
        porthole,
        ONE,
        `stty ${change} </dev/tty; cat | wc -c; exit 3`,
        { flags: ["-q"], stdin },
      );
      if (result.status === 3) {
        assert.equal(result.text.trim(), "200000");
      } else {
        assert.equal(result.status, 125);
        assert.match(
          result.stderr,
          /^error: Cannot (send stdin to its end|read the command's output): /m,
        );
      }
    },
  );
}
