import assert from "node:assert/strict";
import { createLogs } from "../../../src/access/aws/create_logs.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { PortholeError } from "../../../src/errors.ts";

Deno.test("only a stream that is not there has no events: any other refusal is one", async () => {
  for (
    const [name, message, isMissing] of [
      ["ResourceNotFoundException", "The specified log stream is gone", true],
      ["ResourceNotFoundException", "The specified log group is gone", false],
      ["ThrottlingException", "log stream", false],
    ] as const
  ) {
    const cause = Object.assign(new Error(message), { name });
    const error = new PortholeError("aws_refused", "Cannot read", { cause });
    const logs = createLogs({
      call: () => Promise.reject(error),
    } as unknown as Pick<Aws, "call">);
    const asked = logs.filterLogEvents({
      region: "us-east-1",
      group: "/ecs/web",
      streams: ["a"],
      from: 0,
    });
    if (isMissing) assert.equal(await asked, undefined);
    else await assert.rejects(asked, error);
  }
});
