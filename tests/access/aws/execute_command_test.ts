import assert from "node:assert/strict";
import { executeCommand } from "../../../src/access/aws/execute_command.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { container, task } from "../../target/fake_access.ts";

Deno.test("a session is opened in the container that is asked for, and its command is kept out of errors", async () => {
  const asked: { readonly input: unknown; readonly secrets: unknown }[] = [];
  const aws = {
    call(
      _service: string,
      _operation: string,
      input: unknown,
      { secrets }: { readonly secrets?: unknown },
    ) {
      asked.push({ input, secrets });
      return Promise.resolve({
        session: { sessionId: "s-1", streamUrl: "wss://x", tokenValue: "t" },
      });
    },
  } as unknown as Pick<Aws, "call">;
  const second = { ...container("second"), runtimeId: "r-2" };
  const of = task("1", { containers: [container("first"), second] });
  const grant = await executeCommand(aws, {
    cluster: "main",
    task: of,
    container: second,
    command: "psql --password hunter2",
  });
  assert.deepEqual(asked, [{
    input: {
      cluster: "main",
      task: of.arn,
      container: "second",
      command: "psql --password hunter2",
      interactive: true,
    },
    secrets: ["psql --password hunter2"],
  }]);
  assert.match(grant.target, /_1_r-2$/);
});
