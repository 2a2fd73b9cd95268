import assert from "node:assert/strict";
import type { MfaDesk, MfaDevice } from "../../src/aws/aws_deps.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { keyOf, startStandInAws } from "./start_stand_in_aws.ts";

const world = await startStandInAws();
Deno.test.afterAll(() => world.close());
await Deno.mkdir(`${world.home}/.aws`);
await Deno.writeTextFile(
  `${world.home}/.aws/config`,
  `[profile base]
aws_access_key_id = AKIDBASE
aws_secret_access_key = secret
[profile dev]
role_arn = arn:aws:iam::1:role/dev
source_profile = base
mfa_serial = arn:aws:iam::1:mfa/me
[profile hop]
role_arn = arn:aws:iam::1:role/hop
source_profile = dev
`,
);

/** Somebody with a device; and what they were asked for. */
function openDesk(): MfaDesk & { readonly asked: MfaDevice[] } {
  const asked: MfaDevice[] = [];
  return {
    asked,
    askCode(device) {
      asked.push(device);
      return Promise.resolve("123456");
    },
    sessions: new Map(),
  };
}

function aws(profile: string, mfa: MfaDesk | undefined) {
  return createAws({
    ...createRealDeps(),
    env: (name) => world.env[name],
    region: "us-east-1",
    profile,
    mfa,
  });
}

function test(name: string, fn: () => Promise<void>): void {
  // Connections to the stand-in end whenever they are dropped.
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

const ASSUMES = "sts.us-east-1 AssumeRole as AKIDBASE with 123456";

test("the code goes to STS, also for a source_profile's role", async () => {
  world.takeRequests();
  const desk = openDesk();
  assert.equal(
    (await aws("hop", desk).credentials()).accessKeyId,
    keyOf("hop"),
  );
  assert.deepEqual(desk.asked, [
    { serial: "arn:aws:iam::1:mfa/me", profile: "dev" },
  ]);
  assert.deepEqual(world.takeRequests(), [
    ASSUMES,
    `sts.us-east-1 AssumeRole as ${keyOf("dev")}`,
  ]);
});

test("a code is asked for once, whoever needs the credentials", async () => {
  world.takeRequests();
  const desk = openDesk();
  const one = aws("dev", desk);
  await one.credentials();
  await one.credentials({ forceRefresh: true });
  await aws("dev", desk).credentials();
  assert.equal(desk.asked.length, 1);
  assert.deepEqual(world.takeRequests(), [ASSUMES]);
});

test("no code is asked for in the middle of a session", async () => {
  const desk = openDesk();
  const one = aws("dev", desk);
  await one.credentials();
  for (const [name, keys] of desk.sessions) {
    desk.sessions.set(name, { ...keys, expiration: new Date(0) });
  }
  await assert.rejects(one.credentials({ forceRefresh: true }), (error) => {
    assert(error instanceof PortholeError);
    assert.equal(error.code, "expired_credentials");
    assert.match(error.message, /profile "dev": they have expired/);
    return true;
  });
  assert.equal(desk.asked.length, 1);
});

test("a code that AWS does not accept is said so", async () => {
  world.refuse(
    "sts.us-east-1 AssumeRole",
    403,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error></ErrorResponse>`,
  );
  await assert.rejects(aws("dev", openDesk()).credentials(), {
    code: "no_credentials",
    message:
      'Cannot get AWS credentials of profile "dev": AWS does not accept the MFA code',
  });
});

test("a question that is left is not asked again", async () => {
  const desk = openDesk();
  const left = {
    ...desk,
    askCode: (device: MfaDevice) => {
      desk.asked.push(device);
      return Promise.reject(new PortholeError("cancelled", "Cancelled"));
    },
  };
  await assert.rejects(aws("dev", left).credentials(), { code: "cancelled" });
  assert.equal(desk.asked.length, 1);
});
