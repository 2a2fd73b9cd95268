import assert from "node:assert/strict";
import { readContainerMetadata } from "../../../src/rack/settings/read_container_metadata.ts";

const sleep = (_: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) =>
    signal?.addEventListener("abort", () => resolve())
  );

/** Serves one answer to whoever asks for metadata. */
async function ask(body: string, status = 200, path = "/v4/abc-123") {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      asked.push(new URL(request.url).pathname);
      return new Response(body, { status });
    },
  );
  try {
    const { port } = server.addr as Deno.NetAddr;
    const found = await readContainerMetadata({
      sleep,
      env: (name) =>
        name === "ECS_CONTAINER_METADATA_URI_V4"
          ? `http://127.0.0.1:${port}${path}`
          // No proxy may come between.
          : "http://127.0.0.1:1",
    });
    assert.deepEqual(asked, [path]);
    return found;
  } finally {
    await server.shutdown();
  }
}

Deno.test("the agent says which container this is", async () => {
  assert.deepEqual(
    await ask(JSON.stringify({
      DockerId: "cd1",
      Name: "ecs-rack-1-rack-0",
      Labels: {
        "com.amazonaws.ecs.cluster": "arn:aws:ecs:us-east-1:1:cluster/racks",
        "com.amazonaws.ecs.container-name": "rack",
        "com.amazonaws.ecs.task-arn":
          "arn:aws:ecs:us-east-1:1:task/racks/0123456789abcdef",
      },
    })),
    {
      container: "rack",
      cluster: "arn:aws:ecs:us-east-1:1:cluster/racks",
      taskId: "0123456789abcdef",
    },
  );
});

Deno.test("without the variable this is not ECS", async () => {
  assert.equal(
    await readContainerMetadata({ sleep, env: () => undefined }),
    undefined,
  );
});

for (
  const [name, body, status, says] of [
    ["no JSON", "<html>", 200, /Cannot ask ECS which container this is/],
    ["no labels", "{}", 200, /tells no container/],
    ["another status", "no", 404, /it answers 404/],
    ["an endless answer", " ".repeat(300_000), 200, /its answer is too long/],
  ] as const
) {
  Deno.test(`metadata that are none are an error: ${name}`, async () => {
    await assert.rejects(ask(body, status), says);
  });
}
