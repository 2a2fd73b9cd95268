import assert from "node:assert/strict";
import { testPorthole } from "./run_porthole.ts";
import { recordCalls } from "./record_calls.ts";
import { inEveryShell, startShellSandbox } from "./start_shell_sandbox.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startShellSandbox({
  services: 6,
  images: { "service-6/app": "no-stty" },
});
Deno.test.afterAll(() => sandbox.close());
const env = { ...sandbox.env, PORTHOLE_SESSION: "builtin" };

/** Says with status 0 whatever key it finds in a command line, as any user of the container can. */
const FORGE = `cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000;' '\\n\\n' | ` +
  `sed -n 's/^_n=\\([0-9a-f]*\\)$/\\1/p' | sort -u | ` +
  `while read -r n; do printf '\\036%s:0\\036\\036%s:0=====\\036' "$n" "$n"; done`;
const ALERT = `${FORGE}; echo ALERT; exit 4`;

for (
  const flags of [[], ["--no-binary"], ["--stderr", "split"], ["-i"]]
) {
  testPorthole(
    `a status forged from what command lines hold is output ${flags.join(" ")}`,
    async (porthole) => {
      await Promise.all(["worker", "service-6"].map(async (service) => {
        const result = await porthole.run(
          ["exec", "-q", ...flags, service, "--", "sh", "-c", ALERT],
          { env },
        );
        const [forged, rest] = result.text.split("ALERT\n");
        // deno-lint-ignore no-control-regex
        assert.match(forged ?? "", /\u001e[0-9a-f]{16}:0\u001e/);
        assert.equal(rest, "");
        assert.equal(result.status, 4, result.stderr);
      }));
    },
  );
}

testPorthole("so it is in an interactive session", async (porthole) => {
  for (const service of ["worker", "service-6"]) {
    const pty = porthole.openPty(
      ["exec", "-q", "-it", service, "--", "sh", "-c", ALERT],
      { env },
    );
    const exit = await pty.exit;
    assert.match(pty.output, /ALERT/);
    assert.equal(exit.code, 4, pty.output);
  }
});

/** It does not stand in its own command line. */
const SPY = 'echo "$A|$B"; printf %s "$C" | wc -c; ' +
  "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\n' | grep -c 'one-secre[t]'";

testPorthole(
  "-e: no value is in a command line, nor in what AWS records",
  async (porthole) => {
    await inEveryShell(async ({ target }) => {
      const calls = recordCalls(sandbox);
      const result = await porthole.run([
        ...["exec", "-q", ...target, "-e", "A", "-e", "C", "-e"],
        ...["B=\x01\x03\x04\x11\x13\x1a\x7f\té", "-w", "/tmp"],
        ...["--", "sh", "-c", SPY],
      ], {
        env: {
          ...env,
          A: "one-secret 'x' \"y\"\n$(id)",
          C: "c".repeat(5_000),
        },
      });
      assert.equal(
        result.text,
        "one-secret 'x' \"y\"\n$(id)|\x01\x03\x04\x11\x13\x1a\x7f\té\n5000\n0\n",
        result.stderr,
      );
      assert.doesNotMatch(JSON.stringify(calls.requests()), /one-secret/);
    });
  },
);

testPorthole(
  "-e in an interactive session, and none of it on the terminal",
  async (porthole) => {
    for (const service of ["worker", "service-6"]) {
      const pty = porthole.openPty([
        ...["exec", "-q", "-it", service, "-e", "A=two-secret"],
        ...["--", "sh", "-c", 'echo "${#A}"; stty -a 2>/dev/null; exit 6'],
      ], { env });
      const exit = await pty.exit;
      assert.match(pty.output, /^10\r\n/);
      assert.doesNotMatch(pty.output, /two-secret/);
      // What was off while the secret came is on again.
      assert.doesNotMatch(pty.output, / -echo /);
      assert.equal(exit.code, 6);
    }
  },
);

testOnce(
  "-e with --session plugin in an interactive session is refused before any call",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const pty = porthole.openPty(
      ["exec", "worker", "--session", "plugin", "-e", "A=b"],
      { env },
    );
    const exit = await pty.exit;
    assert.equal(exit.code, 125);
    assert.ok(!calls.names().includes("ExecuteCommand"));
  },
);
