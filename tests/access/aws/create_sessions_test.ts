import assert from "node:assert/strict";
import type { SessionGrant } from "../../../src/access/access.ts";
import { createSessions } from "../../../src/access/aws/create_sessions.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { PortholeError } from "../../../src/errors.ts";

Deno.test("credentials are renewed for a second try to connect, and only for that", async () => {
  const signed: unknown[] = [];
  const sessions = createSessions({
    signUpgrade: (url: string, options: unknown) => {
      signed.push([url, options]);
      return Promise.resolve({ authorization: "a" });
    },
    caBundle: () => Promise.resolve("PEM"),
  } as unknown as Aws);
  const grant = { streamUrl: "wss://x" } as SessionGrant;
  const first = await sessions.signUpgrade(grant, { isRetry: false });
  await sessions.signUpgrade(grant, { isRetry: true });
  assert.deepEqual(first, {
    headers: { authorization: "a" },
    caCertificates: ["PEM"],
  });
  assert.deepEqual(signed, [
    ["wss://x", { forceRefresh: false }],
    ["wss://x", { forceRefresh: true }],
  ]);
});

Deno.test("only a session that does not exist any more has ended: any other refusal to resume it is one", async () => {
  for (const name of ["DoesNotExistException", "ThrottlingException"]) {
    const cause = Object.assign(new Error("refused"), { name });
    const error = new PortholeError("aws_refused", "Cannot resume", { cause });
    const sessions = createSessions({
      call: () => Promise.reject(error),
    } as unknown as Aws);
    const resumed = sessions.resumeSession("s-1");
    if (name === "DoesNotExistException") {
      assert.equal(await resumed, undefined);
    } else await assert.rejects(resumed, error);
  }
});
