import assert from "node:assert/strict";
import { explainAwsError } from "../../src/aws/explain_aws_error.ts";
import { look } from "../../src/diagnosis/seen.ts";

const CONTEXT = {
  doing: "look at service: web",
  region: "eu-west-1",
  cluster: "main",
};

function refusal(name: string, text: string): Error {
  return Object.assign(new Error(text), { name });
}

for (
  const [error, because] of [
    [
      refusal("AccessDeniedException", "User: me is not allowed"),
      "User: me is not allowed",
    ],
    [refusal("ThrottlingException", "Rate"), "AWS is throttling requests"],
    [
      refusal("ServerException", "broken: twice"),
      "ServerException: broken: twice",
    ],
    // These say what they failed at themselves.
    [
      refusal("ClusterNotFoundException", "Cluster not found."),
      'Cannot find cluster "main" in region "eu-west-1"',
    ],
    [
      refusal("ExpiredTokenException", "expired"),
      "Cannot use the AWS credentials: they have expired",
    ],
  ] as const
) {
  Deno.test(`what may not be looked at says why: ${error.name}`, async () => {
    const refusal = explainAwsError(error, CONTEXT);
    const { code, hints } = refusal;
    assert.deepEqual(await look(Promise.reject(refusal)), {
      kind: "unseen",
      because,
      code,
      hints,
    });
  });
}

Deno.test("what is not an error of porthole's says why with its whole text", async () => {
  assert.deepEqual(await look(Promise.reject(new Error("a: b"))), {
    kind: "unseen",
    because: "a: b",
  });
  assert.deepEqual(await look(Promise.resolve(7)), { kind: "seen", value: 7 });
});
