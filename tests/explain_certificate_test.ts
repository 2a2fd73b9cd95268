import assert from "node:assert/strict";
import {
  adviseOnConnection,
  explainCertificateVariable,
} from "../src/explain_certificate.ts";

const CASES:
  readonly (readonly [reason: string, advice: RegExp | undefined])[] = [
    ["invalid peer certificate: UnknownIssuer", /AWS_CA_BUNDLE/],
    ["invalid peer certificate: CaUsedAsEndEntity", /AWS_CA_BUNDLE/],
    [
      "invalid peer certificate: certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
      /^the certificate has expired/,
    ],
    ["invalid peer certificate: Expired", /^the certificate has expired/],
    [
      'invalid peer certificate: certificate not valid for name "a"; certificate is only valid for DnsName("b")',
      /^another host is answering/,
    ],
    ["invalid peer certificate: NotValidForName", /^another host is answering/],
    [
      "invalid peer certificate: certificate not valid yet: verification time 1",
      /clock/,
    ],
    ["Too many open files (os error 24)", /ulimit -n/],
    ["Connection refused", undefined],
    ["dns error: Name or service not known", undefined],
  ];

for (const [reason, advice] of CASES) {
  Deno.test(`what to do about: ${reason.slice(0, 60)}`, () => {
    const said = adviseOnConnection(reason);
    if (advice === undefined) assert.equal(said, undefined);
    else assert.match(said ?? "", advice);
    // Only an unknown issuer is cured by another one's certificate.
    if (!/issuer|CaUsed/i.test(reason)) {
      assert.doesNotMatch(said ?? "", /AWS_CA_BUNDLE/);
    }
  });
}

Deno.test("Deno's own variables are named", async () => {
  for (
    const [variable, value] of [
      ["DENO_CERT", "/nonexistent.pem"],
      ["DENO_CERT", "/tmp"],
      ["DENO_TLS_CA_STORE", "nothing"],
    ] as const
  ) {
    // They are read once a process.
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "try { await fetch('https://127.0.0.1:1/') } catch (e) { console.log(e.message) }",
      ],
      env: { [variable]: value },
    }).output();
    const reason = new TextDecoder().decode(stdout).trim();
    const error = explainCertificateVariable(reason);
    assert.equal(error?.code, "config_invalid", reason);
    assert.match(
      error.message,
      new RegExp(`^Cannot use the certificates of ${variable}: `),
    );
    assert.match(error.hint ?? "", new RegExp(variable));
  }
  assert.equal(explainCertificateVariable("Connection refused"), undefined);
});
