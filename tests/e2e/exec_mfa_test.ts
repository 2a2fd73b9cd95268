import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { openProgramPty, type Porthole, testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ tasks: { worker: 1 } });
const folder = await Deno.makeTempDir();
Deno.test.afterAll(async () => {
  await sandbox.close();
  await Deno.remove(folder, { recursive: true });
});

const SERIAL = "arn:aws:iam::123456789012:mfa/me";
const {
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
  ...rest
} = sandbox.env;
await Deno.writeTextFile(
  `${folder}/config`,
  `[profile base]
aws_access_key_id = ${id}
aws_secret_access_key = ${secret}
[profile dev]
role_arn = arn:aws:iam::123456789012:role/dev
source_profile = base
mfa_serial = ${SERIAL}
`,
);
await Deno.writeTextFile(`${folder}/data`, "piped in\n");
const env = {
  ...rest,
  AWS_CONFIG_FILE: `${folder}/config`,
  AWS_PROFILE: "dev",
  NO_COLOR: "1",
};
const QUESTION = `MFA code for ${SERIAL} (profile dev): `;

/** With standard input from a file, so that the terminal is another's. */
function piped(porthole: Porthole, args: readonly string[]) {
  return openProgramPty(
    [
      "sh",
      "-c",
      'exec "$@" <"$0"',
      `${folder}/data`,
      ...porthole.command(args),
    ],
    { env },
  );
}

testPorthole(
  "the code is asked for once, and again where it cannot be one",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const pty = porthole.openPty(["exec", "worker", "--", "echo", "done"], {
      env,
    });
    await pty.waitFor(QUESTION);
    pty.write("12\r");
    await pty.waitFor(QUESTION);
    pty.write("123 456\r");
    await pty.waitFor("done");
    const { code, sttyBefore, sttyAfter } = await pty.exit;
    assert.equal(code, 0);
    assert.equal(sttyAfter, sttyBefore);
    const assumed = calls.requests().filter(({ operation }) =>
      operation === "AssumeRole"
    );
    assert.equal(assumed.length, 1);
    assert.equal(assumed[0]?.parameters["SerialNumber"], SERIAL);
  },
);

testPorthole(
  "the code is asked for at the terminal while standard input is data",
  async (porthole) => {
    const pty = piped(porthole, ["exec", "-i", "worker", "--", "cat"]);
    await pty.waitFor(QUESTION);
    pty.write("123456\r");
    await pty.waitFor("piped in");
    const { code, sttyBefore, sttyAfter } = await pty.exit;
    assert.equal(code, 0);
    assert.equal(sttyAfter, sttyBefore);
  },
);

const WAYS: readonly (readonly [
  name: string,
  leave: (pty: ReturnType<typeof piped>) => unknown,
  status: number,
])[] = [
  ["Ctrl-C", (pty) => pty.write("\x03"), 130],
  ["Ctrl-D", (pty) => pty.write("\x04"), 130],
  ["INT", (pty) => pty.kill("SIGINT"), 130],
  ["TERM", (pty) => pty.kill("SIGTERM"), 143],
];

for (const stdin of ["the terminal", "data"] as const) {
  for (const [name, leave, status] of WAYS) {
    testPorthole(
      `${name} leaves the question, with standard input ${stdin}`,
      async (porthole) => {
        const args = ["exec", "worker", "--", "true"];
        const pty = stdin === "data"
          ? piped(porthole, args)
          : porthole.openPty(args, { env });
        await pty.waitFor(QUESTION);
        await leave(pty);
        const { code, sttyBefore, sttyAfter } = await pty.exit;
        assert.equal(code, status, pty.output);
        assert.equal(sttyAfter, sttyBefore);
      },
    );
  }
}

testPorthole("Ctrl-C leaves the question of a list, too", async (porthole) => {
  const pty = piped(porthole, ["tasks", "worker"]);
  await pty.waitFor(QUESTION);
  pty.write("\x03");
  assert.equal((await pty.exit).code, 130);
});

testPorthole("nobody is asked with --no-input", async (porthole) => {
  const pty = porthole.openPty(
    ["exec", "--no-input", "worker", "--", "true"],
    { env },
  );
  await pty.waitFor("--no-input");
  assert.equal((await pty.exit).code, 125);
  assert.match(pty.output, /profile "dev" needs an MFA code/);
  assert(!pty.output.includes(QUESTION));
});

testPorthole("nobody is asked without a terminal", async (porthole) => {
  const { status, stderr } = await porthole.run(
    ["exec", "worker", "--", "true"],
    { env },
  );
  assert.equal(status, 125);
  assert.match(stderr, /profile "dev" needs an MFA code/);
});
