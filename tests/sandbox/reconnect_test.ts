import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { ECSClient, ExecuteCommandCommand } from "@aws-sdk/client-ecs";
import { makeSdkConfig, signUpgrade } from "./channel_client.ts";
import { startSandbox } from "./start_sandbox.ts";
import { withSession } from "./with_session.ts";

Deno.test("a session outlives its connection and goes on where it was", () =>
  withSession(
    "sh -c 'stty raw -echo; printf RDY; head -c 1 >/dev/null; head -c 200000 /dev/zero; printf END'",
    async (client, sandbox) => {
      await client.waitFor((one) => one.output().includes("RDY"));
      const pid = sandbox.sessions()[0]?.pid;
      sandbox.dropConnections();
      await client.gone;
      assert.equal(sandbox.sessions()[0]?.state, "running");
      await client.resume();
      client.type("x");
      await client.waitFor((one) => one.output().length > 50_000);
      sandbox.dropConnections();
      await client.gone;
      await client.resume();
      assert.equal(await client.closed(), "");
      assert.equal(client.output().length, 200_006);
      assert.equal(client.output().subarray(-3).toString(), "END");
      assert.equal(sandbox.sessions()[0]?.pid, pid);
      assert.equal(
        sandbox.requests().filter((one) => one.operation === "ResumeSession")
          .length,
        2,
      );
    },
    // Unthrottled, a cut loses more frames than an agent that resends only its
    // head can repair before it gives up.
    { messageIntervalMs: 1.35 },
  ));

Deno.test("disconnects cut each connection after so many frames", () =>
  withSession(
    // It goes on until the session ends: how many frames its lines take is the machine's affair.
    "sh -c 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.01; done'",
    async (client, sandbox) => {
      for (let cuts = 0; cuts < 2; cuts++) {
        await client.gone;
        await client.resume();
      }
      const lines = () => client.output().toString().split("\r\n").slice(0, -1);
      const before = lines().length;
      await client.waitFor(() => lines().length > before);
      assert.deepEqual(lines(), lines().map((_, index) => `${index}`));
      assert.equal(
        sandbox.events().filter((one) => one.kind === "cut").length,
        2,
      );
    },
    { disconnects: 2, disconnectAfterFrames: 4 },
  ));

Deno.test("a session that is over is resumed without a token", () =>
  withSession("true", async (client, sandbox) => {
    await client.closed();
    client.end();
    await client.gone;
    await client.resume();
    assert.equal(await client.gone, 1008);
    assert.ok(sandbox.events().some((one) => one.kind === "resumed"));
  }));

Deno.test("a token lets one client in, once; a wrong one nobody; no signature, no channel", async () => {
  const sandbox = await startSandbox();
  const ecs = new ECSClient(makeSdkConfig(sandbox));
  const { session } = await ecs.send(
    new ExecuteCommandCommand({
      task: sandbox.tasks("worker")[0]?.taskId ?? "",
      command: "sleep 60",
      interactive: true,
    }),
  );
  const streamUrl = session?.streamUrl ?? "";
  assert.match(
    streamUrl,
    /^ws:\/\/127\.0\.0\.1:\d+\/v1\/data-channel\/ecs-execute-command-[0-9a-z]{17}\?role=publish_subscribe$/,
  );
  const dial = async (first: string, date = new Date()) => {
    const socket = new WebSocket(streamUrl, {
      headers: await signUpgrade(sandbox, streamUrl, date),
    });
    const result = new Promise<string>((resolve) => {
      socket.on("open", () => socket.send(first));
      socket.on("message", () => resolve("joined"));
      socket.on("close", (code) => resolve(String(code)));
      socket.on("error", (error) => resolve(error.message));
    });
    return { socket, result: await result };
  };
  const token = JSON.stringify({ TokenValue: session?.tokenValue });
  const wrong = await dial(JSON.stringify({ TokenValue: "wrong" }));
  assert.equal(wrong.result, "1008");
  const right = await dial(token);
  assert.equal(right.result, "joined");
  const again = await dial(token);
  assert.equal(again.result, "1008");
  const late = await dial(token, new Date(Date.now() - 600_000));
  assert.match(late.result, /403/);
  const unsigned = new WebSocket(streamUrl);
  assert.match(
    await new Promise<string>((resolve) =>
      unsigned.on("error", (error) => resolve(error.message))
    ),
    /403/,
  );
  const answers = sandbox.requests().filter((one) =>
    one.operation === "OpenDataChannel"
  ).map((one) => one.answer.error ?? one.answer.status);
  assert.deepEqual(answers, [
    101,
    101,
    101,
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
  ]);
  right.socket.terminate();
  ecs.destroy();
  await sandbox.close();
});
