import assert from "node:assert/strict";
import { startPortSession } from "../../../src/access/aws/start_port_session.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";
import { container, task } from "../../target/fake_access.ts";

/** What StartSession is asked for. */
async function ask(host?: string) {
  const asked: unknown[] = [];
  const aws = {
    region: "us-east-1",
    call: (_service: string, _operation: string, input: unknown) => {
      asked.push(input);
      return Promise.resolve({
        SessionId: "s-1",
        StreamUrl: "wss://x",
        TokenValue: "t",
      });
    },
  } as unknown as Pick<Aws, "call" | "region">;
  const grant = await startPortSession(aws, {
    task: task("1"),
    container: { ...container("app"), runtimeId: "r-1" },
    port: 5432,
    ...(host === undefined ? {} : { host }),
  });
  return { asked, grant };
}

Deno.test("a port of the container and a port behind it are two documents, with the same port", async () => {
  const own = await ask();
  const ports = { portNumber: ["5432"], localPortNumber: ["5432"] };
  assert.deepEqual(own.asked, [{
    Target: own.grant.target,
    DocumentName: "AWS-StartPortForwardingSession",
    Parameters: ports,
  }]);
  assert.match(own.grant.target, /_1_r-1$/);
  const behind = await ask("db.internal");
  assert.deepEqual(behind.asked, [{
    Target: own.grant.target,
    DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
    Parameters: { ...ports, host: ["db.internal"] },
  }]);
});
