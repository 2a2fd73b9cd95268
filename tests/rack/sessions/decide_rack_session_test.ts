import assert from "node:assert/strict";
import { decideRackSession } from "../../../src/rack/sessions/decide_rack_session.ts";
import { recordLog } from "../../exec/fake_log.ts";
import { startSandbox } from "../../sandbox/start_sandbox.ts";
import { rackIn } from "./serve_in_sandbox.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

for (
  const [tty, stdin, wanted] of [
    [true, false, true],
    [true, true, true],
    [false, true, true],
    [false, false, false],
  ] as const
) {
  Deno.test({
    name: `a session ${tty ? "with" : "without"} a terminal, ${
      stdin ? "with" : "without"
    } stdin: ${wanted ? "input is read" : "there is no input"}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { ports } = rackIn(sandbox);
      const [task] = await ports.access.listTasks("default", "worker");
      const { streams, invocation } = await decideRackSession(
        {
          command: { kind: "line", line: "true" },
          tty,
          stdin,
          env: [],
          binary: true,
          bare: false,
          keepAlive: false,
        },
        {
          caller: { name: "ann", id: "id", address: "192.0.2.1" },
          place: {
            app: "default",
            generation: 2,
            service: "worker",
            isRun: false,
            task: task!,
          },
        },
        ports,
        recordLog().log,
      );
      assert.deepEqual(
        [streams.interactive, streams.stdin, invocation.noStdin],
        [tty, wanted, !wanted],
      );
    },
  });
}
