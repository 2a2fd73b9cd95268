import assert from "node:assert/strict";
import { restrictsAccess } from "../../src/diagnosis/restricts_access.ts";

const ALL = { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" };

const restricts = (...statements: readonly object[]) =>
  restrictsAccess(JSON.stringify({ Statement: statements }), "ssmmessages");

Deno.test("an endpoint is open to all by AWS's policy, or one that plainly says so", () => {
  for (const policy of [undefined, ""]) {
    assert.equal(restrictsAccess(policy, "ssmmessages"), false);
  }
  assert.equal(restricts(ALL), false);
  assert.equal(restricts({ ...ALL, Action: ["x:y", "ssmmessages:*"] }), false);
  assert.equal(restricts({ ...ALL, Principal: { AWS: ["*"] } }), false);
  assert.equal(
    restrictsAccess(JSON.stringify({ Statement: ALL }), "ssmmessages"),
    false,
  );
});

Deno.test("every condition, denial or narrower word may keep somebody out", () => {
  for (
    const statements of [
      [],
      [{ ...ALL, Effect: "Deny" }],
      [ALL, { ...ALL, Effect: "Deny", Action: "kms:*" }],
      [{ ...ALL, Condition: { StringEquals: {} } }],
      [{ ...ALL, Principal: { AWS: "arn:aws:iam::1:root" } }],
      [{ ...ALL, Principal: undefined }],
      [{ ...ALL, Action: "ssmmessages:CreateDataChannel" }],
      [{ ...ALL, Action: "ssm:*" }],
      [{ ...ALL, Resource: "arn:aws:s3:::x" }],
    ]
  ) assert.equal(restricts(...statements), true, JSON.stringify(statements));
  for (const policy of ["{", "null", "[]", '{"Statement":null}']) {
    assert.equal(restrictsAccess(policy, "ssmmessages"), true, policy);
  }
});
