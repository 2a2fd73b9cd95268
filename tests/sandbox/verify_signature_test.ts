import assert from "node:assert/strict";
import { verifySignature } from "./verify_signature.ts";

type Vector = {
  readonly url: string;
  readonly sessionToken: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
};

const { vectors } = JSON.parse(
  Deno.readTextFileSync(
    new URL("../vectors/sigv4-data-channel.json", import.meta.url),
  ),
) as { readonly vectors: readonly Vector[] };

function check(
  vector: Vector,
  change: {
    readonly secret?: string;
    readonly target?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly now?: string;
    readonly service?: string;
  } = {},
) {
  const url = new URL(vector.url);
  const headers: Record<string, string> = { host: url.host };
  for (const [name, [value = ""]] of Object.entries(vector.headers)) {
    headers[name.toLowerCase()] = value;
  }
  return verifySignature({
    method: "GET",
    // As a client puts it into the request line, raw "/" and "=" kept.
    target: change.target ?? vector.url.slice(vector.url.indexOf("/v1")),
    headers: { ...headers, ...change.headers },
    body: "",
  }, {
    service: change.service ?? "ssmmessages",
    region: "us-east-1",
    now: Date.parse(change.now ?? "2015-08-30T12:36:00Z"),
    findCredentials: (accessKeyId) =>
      accessKeyId !== "AKIDEXAMPLE" ? undefined : {
        accessKeyId,
        secretAccessKey: change.secret ??
          "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        ...(vector.sessionToken === ""
          ? {}
          : { sessionToken: vector.sessionToken }),
      },
  });
}

function refusal(result: ReturnType<typeof check>): string {
  return result.kind === "refused" ? result.error : "accepted";
}

for (const vector of vectors) {
  Deno.test(`the signature of AWS's signer is accepted: ${vector.url} ${vector.sessionToken}`, () => {
    assert.deepEqual(check(vector), {
      kind: "signed",
      accessKeyId: "AKIDEXAMPLE",
      service: "ssmmessages",
    });
  });

  Deno.test(`anything else is not: ${vector.url} ${vector.sessionToken}`, () => {
    const invalid = "InvalidSignatureException";
    assert.equal(refusal(check(vector, { secret: "other" })), invalid);
    assert.equal(
      refusal(check(vector, { target: "/v1/data-channel/other" })),
      invalid,
    );
    assert.equal(
      refusal(check(vector, { now: "2015-08-30T12:42:00Z" })),
      invalid,
    );
    assert.equal(refusal(check(vector, { service: "ssm" })), invalid);
    assert.equal(
      refusal(check(vector, { headers: { host: "elsewhere" } })),
      invalid,
    );
    assert.equal(
      refusal(check(vector, { headers: { "x-amz-unsigned": "1" } })),
      invalid,
    );
    assert.equal(
      refusal(check(vector, { headers: { "x-amz-security-token": "wrong" } })),
      "UnrecognizedClientException",
    );
    assert.equal(
      refusal(check(vector, { headers: { authorization: "Basic x" } })),
      "IncompleteSignatureException",
    );
  });
}
