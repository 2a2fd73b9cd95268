import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SSMClient, TerminateSessionCommand } from "@aws-sdk/client-ssm";
import WebSocket from "ws";
import {
  type ChannelClient,
  makeSdkConfig,
  openChannel,
} from "./channel_client.ts";
import { payloadTypes } from "./message_codec.ts";
import type { Sandbox } from "./sandbox.ts";
import { startSandbox } from "./start_sandbox.ts";
import { withSession } from "./with_session.ts";

// What a whole client met in 1200 runs with AWS's own agent.

function ready(client: ChannelClient): Promise<void> {
  return client.waitFor((one) => one.output().includes("RDY"));
}

async function terminate(sandbox: Sandbox, sessionId: string): Promise<void> {
  const ssm = new SSMClient(makeSdkConfig(sandbox));
  await ssm.send(new TerminateSessionCommand({ SessionId: sessionId }));
  ssm.destroy();
}

Deno.test("the agent's own socket cut in mid-input: the frame is written, and the resend is written again", () =>
  withSession(
    "sh -c 'stty -echo -opost; printf RDY; for i in 1 2 3 4; do read a; echo $a; done'",
    async (client, sandbox) => {
      await ready(client);
      client.type("one\n");
      await client.waitFor((one) => one.acknowledged().length === 1);
      const cut = client.type("two\n");
      await client.waitFor((one) => one.output().includes("two\n"));
      assert.deepEqual(client.acknowledged(), [0]);
      // The agent is away: this one is lost, and so is every resend until it is back.
      client.type("three\n");
      while (!client.acknowledged().includes(cut)) {
        client.sendAs(cut, payloadTypes.output, Buffer.from("two\n"));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      client.sendAs(cut + 1, payloadTypes.output, Buffer.from("three\n"));
      await client.closed();
      assert.equal(client.output().toString(), "RDYone\ntwo\ntwo\nthree\n");
      assert.deepEqual(
        sandbox.events().filter((one) =>
          one.kind === "agent-cut" || one.kind === "cut"
        ).map((one) => one.kind),
        ["agent-cut"],
      );
    },
    { inputCuts: 1, inputCutAfterFrames: 2 },
  ));

Deno.test("where the cuts fall is drawn from the seed", async () => {
  const run = async (seed: number) => {
    const found: number[] = [];
    await withSession(
      "sh -c 'stty -echo -icanon; printf RDY; cat >/dev/null'",
      async (client, sandbox) => {
        await ready(client);
        const cuts = () =>
          sandbox.events().filter((one) => one.kind === "agent-cut").length;
        for (let i = 0; i < 85; i++) {
          const number = client.type("x\n");
          while (!client.acknowledged().includes(number)) {
            await new Promise((resolve) => setTimeout(resolve, 2));
            if (cuts() > found.length) found.push(i);
            client.sendAs(number, payloadTypes.output, Buffer.from("x\n"));
          }
        }
      },
      { seed, inputCuts: 2 },
    );
    return found;
  };
  const first = await run(5);
  assert.equal(first.length, 2);
  assert.deepEqual(await run(5), first);
});

/** Fills the pty of a command that reads nothing. */
async function fill(client: ChannelClient, sandbox: Sandbox): Promise<void> {
  await ready(client);
  const block = Buffer.alloc(1024, "y");
  for (let i = 0; i < 200; i++) client.send(payloadTypes.output, block);
  await sandbox.waitFor((one) =>
    one.events().some((event) => event.kind === "full")
  );
}

const deaf = "sh -c 'stty raw -echo; printf RDY; exec sleep 60'";

Deno.test("while the pty is full no ping is answered, and 03 is not read", () =>
  withSession(deaf, async (client, sandbox) => {
    await ready(client);
    client.ping();
    await client.waitFor((one) => one.pongs() === 1);
    await fill(client, sandbox);
    client.ping();
    const interrupt = client.type("\x03");
    await terminate(sandbox, client.sessionId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(client.pongs(), 1);
    assert.ok(!client.acknowledged().includes(interrupt));
    assert.ok(client.acknowledged().length < 200);
    assert.equal(sandbox.sessions()[0]?.state, "running");
  }));

Deno.test("over the control channel TerminateSession comes through, a while later", () =>
  withSession(deaf, async (client, sandbox) => {
    await fill(client, sandbox);
    const begun = performance.now();
    await terminate(sandbox, client.sessionId);
    assert.equal(await client.closed(), "");
    assert.ok(performance.now() - begun >= 150);
  }, { blindTerminateMs: 150 }));

Deno.test("a third session in a container blocks the control channel for good", async () => {
  const sandbox = await startSandbox({ sessionWorkersLimit: 2 });
  try {
    const first = await openChannel(sandbox, deaf);
    const second = await openChannel(sandbox, deaf);
    await Promise.all([first, second].map(ready));
    const third = await openChannel(sandbox, "echo never");
    await sandbox.waitFor((one) =>
      one.events().some((event) =>
        event.kind === "joined" && event.sessionId === third.sessionId
      )
    );
    third.type("x");
    // The limit is a container's: the other tasks' agents have theirs.
    const elsewhere = await openChannel(sandbox, "echo here", {
      service: "web",
      container: "web",
    });
    await elsewhere.closed();
    for (const one of [first, third]) await terminate(sandbox, one.sessionId);
    assert.deepEqual(sandbox.sessions().map((one) => one.state), [
      "running",
      "running",
      "created",
      "closed",
    ]);
    assert.deepEqual(third.messages, []);
    assert.deepEqual(
      sandbox.events().filter((one) => one.kind === "unheard")
        .map((one) => one.sessionId),
      [third.sessionId],
    );
    for (const one of [first, second, third, elsewhere]) one.end();
  } finally {
    await sandbox.close();
  }
});

Deno.test("one session after the other is no limit, nor is one that was ended", async () => {
  const sandbox = await startSandbox({ sessionWorkersLimit: 2 });
  try {
    const stays = await openChannel(sandbox, deaf);
    await ready(stays);
    for (let i = 0; i < 3; i++) {
      const client = await openChannel(sandbox, "echo quick");
      await client.closed();
      client.end();
    }
    const left = await openChannel(sandbox, deaf);
    await ready(left);
    await terminate(sandbox, left.sessionId);
    await left.closed();
    const last = await openChannel(sandbox, "echo quick");
    await last.closed();
    for (const one of [stays, left, last]) one.end();
  } finally {
    await sandbox.close();
  }
});

Deno.test("upgrades without a signature are taken by option, and those with a wrong one never", async () => {
  for (const unsignedUpgrades of [false, true]) {
    const sandbox = await startSandbox({ unsignedUpgrades });
    try {
      const { session } = await openSession(sandbox);
      const url = session?.streamUrl ?? "";
      assert.equal(await dial(url, {}), unsignedUpgrades ? 101 : 403);
      assert.equal(
        await dial(url, {
          authorization: "AWS4-HMAC-SHA256 Credential=" +
            `AKIASANDBOXPORTHOLE0/20260101/us-east-1/ssmmessages/aws4_request, ` +
            `SignedHeaders=host, Signature=${"0".repeat(64)}`,
        }),
        403,
      );
    } finally {
      await sandbox.close();
    }
  }
});

async function openSession(sandbox: Sandbox) {
  const { ECSClient, ExecuteCommandCommand } = await import(
    "@aws-sdk/client-ecs"
  );
  const ecs = new ECSClient(makeSdkConfig(sandbox));
  const answer = await ecs.send(
    new ExecuteCommandCommand({
      task: sandbox.tasks("worker")[0]?.taskId ?? "",
      command: "sleep 60",
      interactive: true,
    }),
  );
  ecs.destroy();
  return answer;
}

/** The HTTP status of an upgrade. */
function dial(
  url: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  socket.on("error", () => {});
  socket.on("open", () => {
    socket.terminate();
    resolve(101);
  });
  socket.on("unexpected-response", (_request, response) => {
    response.resume();
    socket.terminate();
    resolve(response.statusCode);
  });
  return promise;
}
