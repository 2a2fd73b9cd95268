import assert from "node:assert/strict";
import { startSession } from "../../../src/access/aws/start_session.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";

/** An AWS that answers so, and what it was asked. */
function answering(answer: Readonly<Record<string, string>>) {
  const asked: { readonly input: unknown; readonly context: unknown }[] = [];
  const aws = {
    call(
      _service: string,
      _operation: string,
      input: unknown,
      context: unknown,
    ) {
      asked.push({ input, context });
      return Promise.resolve(answer);
    },
  } as unknown as Pick<Aws, "call">;
  return { aws, asked };
}

const WHOLE = { SessionId: "s-1", StreamUrl: "wss://x", TokenValue: "t" };

Deno.test("a command on an instance is run on a terminal of its own, and kept out of errors", async () => {
  const { aws, asked } = answering(WHOLE);
  assert.deepEqual(await startSession(aws, "i-1", "psql -p hunter2"), {
    sessionId: "s-1",
    streamUrl: "wss://x",
    tokenValue: "t",
    target: "i-1",
  });
  assert.deepEqual(asked, [{
    input: {
      Target: "i-1",
      DocumentName: "AWS-StartInteractiveCommand",
      Parameters: { command: ["psql -p hunter2"] },
    },
    context: {
      doing: "open a session on instance i-1",
      action: "ssm:StartSession",
      secrets: ["psql -p hunter2"],
    },
  }]);
});

Deno.test("an answer without all of a session is none", async () => {
  for (const missing of Object.keys(WHOLE)) {
    const { aws } = answering({ ...WHOLE, [missing]: "" });
    await assert.rejects(startSession(aws, "i-1", "ls"), {
      code: "session_refused",
    });
  }
});
