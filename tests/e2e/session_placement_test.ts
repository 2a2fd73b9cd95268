import assert from "node:assert/strict";
import { testPorthole } from "./run_porthole.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox({
  services: 6,
  images: {
    "service-6/app": { sh: "dash", without: ["chroot", "setpriv", "su"] },
  },
});
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };
/** Only root can become somebody else. */
const root = Deno.build.os === "linux" && Deno.uid() === 0;

testPorthole("-w and -e: where and with what", async (porthole) => {
  const result = await porthole.run(
    [
      "exec",
      "-w",
      "/usr",
      "-e",
      "A=1 $x 'q'",
      "-e",
      "FROM_HERE",
      "-e",
      "B=",
      "worker",
      "--",
      "sh",
      "-c",
      'pwd; echo "$A|$FROM_HERE|${B-unset}|$#"; exit 3',
      "sh",
      "one",
    ],
    { env: { ...env, FROM_HERE: "local" } },
  );
  assert.equal(result.text, "/usr\n1 $x 'q'|local||1\n");
  assert.equal(result.status, 3);
});

testOnce(
  "in every shell, with stdin, on a shell line",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        [
          "exec",
          "-q",
          "-w",
          "/",
          "-e",
          "A=b",
          ...target,
          "--command",
          'pwd; echo "$A"; cat',
        ],
        { env, stdin: new TextEncoder().encode("in\n") },
      );
      assert.deepEqual([result.text, result.status], ["/\nb\nin\n", 0]);
    }),
);

testOnce("values of -e are in no log, at any level", async (porthole) => {
  const result = await porthole.run(
    ["exec", "--debug", "-e", "TOKEN=s3cr3t-v4lue", "worker", "--", "true"],
    { env },
  );
  assert.equal(result.status, 0);
  assert.doesNotMatch(result.stderr, /s3cr3t-v4lue/);
});

testOnce(
  "a directory that is not there: 126, and the reason on stderr",
  (porthole) =>
    inEveryShell(async ({ target }) => {
      const result = await porthole.run(
        ["exec", "-q", "-w", "/no/such/place", ...target, "--", "id"],
        { env },
      );
      assert.match(result.stderr, /^error: Cannot start.*\/no\/such\/place/m);
      assert.equal(result.text, "");
      assert.equal(result.status, 126);
    }),
);

if (root) {
  // Another user has to find the containers' programs too.
  Deno.chmodSync(sandbox.directory, 0o755);
  for (
    const [user, ids] of [
      ["daemon", "1:1"],
      ["1:2", "1:2"],
      ["daemon:bin", "1:2"],
    ] as const
  ) {
    testOnce(
      `-u ${user}, with the command's own status`,
      (porthole) =>
        inEveryShell(async ({ name, target }) => {
          const result = await porthole.run(
            [
              "exec",
              "-q",
              "-u",
              user,
              "-w",
              "/usr",
              "-e",
              "A=b",
              ...target,
              "--",
              "sh",
              "-c",
              'echo "$(id -u):$(id -g) $(pwd) $A"; exit 7',
            ],
            { env },
          );
          if (name === "busybox" && user !== "daemon") {
            // It has su alone, which takes a name and no group: rather nobody than somebody else.
            assert.match(result.stderr, /cannot run as user/);
            assert.equal(result.status, 126);
          } else {
            assert.equal(result.text, `${ids} /usr b\n`);
            assert.equal(result.status, 7);
          }
        }),
    );
  }
}

testPorthole(
  "-u where no program can do it: 126, and why",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "-q", "-u", "daemon", "service-6", "--", "id"],
      { env },
    );
    assert.match(
      result.stderr,
      /cannot run as user daemon: there is no such user or group, or none/,
    );
    assert.equal(result.status, 126);
  },
);

testPorthole(
  "-u, -w and -e need our shell: not with --no-shell",
  async (porthole) => {
    for (const flags of [["-u", "1"], ["-w", "/"], ["-e", "A=b"]]) {
      const result = await porthole.run(
        ["exec", ...flags, "--no-shell", "worker", "--", "id"],
        { env },
      );
      assert.match(result.stderr, /^error: .*--no-shell/m);
      assert.equal(result.status, 125);
    }
  },
);
