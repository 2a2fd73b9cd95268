import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openProgramPty } from "./run_porthole.ts";

const PROGRAM = fileURLToPath(new URL("../crash_program.ts", import.meta.url));

Deno.test({
  name:
    "an error that nobody waits for is reported, with a status that is not the command's, and the terminal as it was",
  ignore: Deno.build.os === "windows",
  // The sandbox in this process, and node-pty's handles, outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const sandbox = await startSandbox();
    try {
      const run = [Deno.execPath(), "run", "--quiet", "-A", "--no-check"];
      const pty = openProgramPty([
        "sh",
        "-c",
        'stty -g; "$@"; echo "status $?"; stty -g',
        "sh",
        ...run,
        PROGRAM,
        "exec",
        "worker",
        "-q",
      ], { env: sandbox.env });
      await pty.waitFor("status ");
      await pty.exit;
      const lines = pty.output.split(/[\r\n]+/);
      assert.match(
        pty.output,
        /error: Cannot continue: a promise that nobody waits for/,
      );
      assert.ok(lines.includes("status 125"), pty.output);
      const [before, after, ...others] = lines.filter((line) =>
        /^[0-9a-f]+:[0-9a-f:]+$/.test(line)
      );
      assert.deepEqual([after, others], [before, []]);
    } finally {
      await sandbox.close();
    }
  },
});
