import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({
  images: { legacy: "no-sh", sidecar: "no-sh" },
});
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;

const commands: readonly (readonly [status: number, ...words: string[]])[] = [
  [0, "true"],
  [1, "false"],
  [7, "sh", "-c", "exit 7"],
  [126, "/etc/passwd"],
  [126, "/"],
  [127, "no-such-program"],
  [127, "/no/such/program"],
  [137, "sh", "-c", "kill -KILL $$"],
  [143, "sh", "-c", "kill -TERM $$"],
  [255, "sh", "-c", "exit 255"],
];

for (const [status, ...words] of commands) {
  testPorthole(`${words.join(" ")}: ${status}`, async (porthole) => {
    const result = await porthole.run(["exec", "worker", "--", ...words], {
      env,
    });
    assert.equal(result.status, status, result.stderr);
    assert.equal(result.signal, null);
  });
}

testPorthole(
  "a program that is not there is told on stderr: stdout is the command's",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--", "no-such-program"],
      { env },
    );
    assert.equal(result.text, "");
    assert.match(
      result.stderr,
      /^error: Cannot start the command: no-such-program: not found$/m,
    );
  },
);

testPorthole(
  "--timeout ends the command, with 124 whatever it says of its end",
  async (porthole) => {
    const result = await porthole.run(
      [
        "exec",
        "worker",
        "--timeout",
        "5s",
        "--",
        "sh",
        "-c",
        "trap 'exit 0' INT; echo begun; while :; do sleep 1; done",
      ],
      { env },
    );
    assert.equal(result.text, "begun\n");
    assert.match(result.stderr, /^error: Cannot wait any longer.*5s$/m);
    assert.equal(result.status, 124);
    await sandbox.waitFor(({ sessions }) =>
      ["exited", "closed"].includes(sessions().at(-1)?.state ?? "")
    );
  },
);

testPorthole(
  "an image without sh: 127, and --no-shell is named",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "web", "--pick", "first", "-c", "sidecar", "--", "ls"],
      { env },
    );
    assert.match(result.stderr, /^error: .*no usable "sh"/m);
    assert.match(result.stderr, /^hint: .*--no-shell/m);
    assert.equal(result.text, "");
    assert.equal(result.status, 127);
  },
);

testPorthole(
  "--no-shell: the agent tells of a program that is not there",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--no-shell", "--", "no-such-program"],
      { env },
    );
    assert.match(result.stderr, /^error: Cannot start.*no-such-program/m);
    assert.equal(result.status, 127);
  },
);

testPorthole(
  "a task that stops in mid-session: its reason, and 125",
  async (porthole) => {
    const own = await startSandbox();
    try {
      const running = porthole.start(
        ["exec", "worker", "--", "sh", "-c", "echo begun; exec sleep 60"],
        { env: own.env },
      );
      await running.waitFor("begun\n");
      own.stopTask(own.tasks("worker")[0]?.taskId ?? "", "Scaling activity");
      const result = await running.result;
      assert.match(result.stderr, /^error: .*STOPPED \(Scaling activity\)$/m);
      assert.equal(result.text, "begun\n");
      assert.equal(result.status, 125);
    } finally {
      await own.close();
    }
  },
  { long: true },
);
