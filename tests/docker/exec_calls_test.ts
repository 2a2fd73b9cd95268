import assert from "node:assert/strict";
import type {
  DockerAnswer,
  DockerClient,
} from "../../src/docker/docker_client.ts";
import {
  createExec,
  inspectExec,
  resizeExec,
  startExec,
} from "../../src/docker/exec_calls.ts";
import type { PortholeError } from "../../src/errors.ts";
import { findDockerContainer } from "../../src/docker/find_docker_container.ts";
import { inspectContainer } from "../../src/docker/inspect_container.ts";

/** A daemon that answers each path so. */
function answering(
  answer: (path: string) => DockerAnswer,
): DockerClient & { readonly paths: string[] } {
  const paths: string[] = [];
  return {
    address: "tcp://d:1",
    apiVersion: "1.41",
    provesEnd: false,
    paths,
    call({ path }) {
      paths.push(path);
      return Promise.resolve(answer(path));
    },
    upgrade: ({ path }) =>
      Promise.resolve({ kind: "refused", answer: answer(path) }),
    close: () => Promise.resolve(),
  };
}

const always = (status: number, value?: unknown) =>
  answering(() => ({ status, value }));

Deno.test("an exec has a status only once it has ended", async () => {
  const rows = [
    [{ Running: false, ExitCode: 3, Pid: 7 }, {
      running: false,
      ran: true,
      status: 3,
    }],
    // Podman says 0 while it runs.
    [{ Running: true, ExitCode: 0, Pid: 7 }, {
      running: true,
      ran: true,
      status: undefined,
    }],
    [{ Running: false, ExitCode: null, Pid: 0 }, {
      running: false,
      ran: false,
      status: undefined,
    }],
  ] as const;
  for (const [value, expected] of rows) {
    assert.deepEqual(await inspectExec(always(200, value), "e"), expected);
  }
  assert.equal(await inspectExec(always(404), "e"), undefined);
  await assert.rejects(
    inspectExec(always(500, { message: "no  luck\n" }), "e"),
    { code: "docker_refused", message: /said "no luck" \(HTTP 500\)$/ },
  );
});

Deno.test("a terminal that is not there has no size, and that is no failure", async () => {
  const size = { columns: 80, rows: 24 };
  assert.equal(await resizeExec(always(201), "e", size), true);
  assert.equal(await resizeExec(always(300), "e", size), false);
  assert.equal(await resizeExec(always(500), "e", size), false);
});

Deno.test("an exec that is refused: a container that has gone, or the daemon's words", async () => {
  const spec = { words: ["ls"], tty: false, stdin: false };
  await assert.rejects(createExec(always(404), "c".repeat(64), spec), {
    code: "container_not_found",
    message: /^Cannot find container "c{12}" /,
  });
  for (
    const [status, value] of [
      [409, { message: "paused" }],
      [201, {}],
      [500, { Id: "e", message: "x".repeat(10_000) }],
    ]
  ) {
    await assert.rejects(
      createExec(always(status as number, value), "c", spec),
      ({ code, message }: PortholeError) =>
        code === "docker_refused" && message.length < 1_000,
    );
  }
  // What is wrong stands at the end of it.
  const why = `${"OCI runtime exec failed: ".repeat(8)}no such directory`;
  await assert.rejects(createExec(always(500, { message: why }), "c", spec), {
    message: /: no such directory" \(HTTP 500\)$/,
  });
  // The exec was there a moment ago: what is gone is the exec.
  await assert.rejects(startExec(always(404), "e", { tty: false }), {
    code: "docker_refused",
    message: /HTTP 404$/,
  });
});

const runs = { Running: true, Paused: false, Status: "running" };
const name = {
  taskArn: "arn:aws:ecs:us-east-1:1:task/main/123",
  containerName: "app",
};

/** A daemon with these containers by their ids, and the one that the labels lead to. */
function withContainers(
  states: Readonly<Record<string, unknown>>,
  labelled?: string,
) {
  return answering((path) => {
    if (path.startsWith("/containers/json")) {
      return { status: 200, value: labelled ? [{ Id: labelled }] : [] };
    }
    const id = /^\/containers\/(.*)\/json$/.exec(path)?.[1] ?? "";
    return states[id] === undefined
      ? { status: 404, value: undefined }
      : { status: 200, value: { Id: id, State: states[id] } };
  });
}

Deno.test("a container is looked for by its id, and only then by both labels", async () => {
  const client = withContainers({ a: runs, b: runs }, "b");
  const byId = await findDockerContainer(client, { ...name, runtimeId: "a" });
  assert.equal(byId.id, "a");
  assert.deepEqual(client.paths, ["/containers/a/json"]);

  const other = await findDockerContainer(client, { ...name, runtimeId: "x" });
  assert.equal(other.id, "b");
  const [, , listed = ""] = client.paths;
  const filters = JSON.parse(
    new URL(listed, "http://d").searchParams.get("filters") ?? "",
  );
  assert.deepEqual(filters, {
    label: [
      `com.amazonaws.ecs.task-arn=${name.taskArn}`,
      "com.amazonaws.ecs.container-name=app",
    ],
  });
});

Deno.test("a container in which nothing can start is refused, and why", async () => {
  const rows: readonly (readonly [DockerClient, string, RegExp])[] = [
    [withContainers({}, "b"), "container_not_found", /: it is gone$/],
    [withContainers({}), "container_not_found", /carries the task's labels$/],
    [
      withContainers({ b: { ...runs, Running: false, Status: "exited" } }, "b"),
      "container_not_found",
      /: it is exited$/,
    ],
    [
      withContainers({ b: { ...runs, Paused: true } }, "b"),
      "container_not_found",
      /: it is paused, and nothing can start in it$/,
    ],
    [always(500, { message: "no" }), "docker_refused", /said "no"/],
    [always(200, {}), "docker_refused", /HTTP 200/],
  ];
  for (const [client, code, message] of rows) {
    await assert.rejects(findDockerContainer(client, name), { code, message });
  }
});

Deno.test("a container's state is what the daemon says, gone, or not known", async () => {
  const client = withContainers({
    c: {
      ...runs,
      StartedAt: "",
      ExitCode: 137,
      OOMKilled: true,
    },
  });
  assert.deepEqual(await inspectContainer(client, "c"), {
    id: "c",
    running: true,
    paused: false,
    startedAt: undefined,
    status: "running",
    exitCode: 137,
    outOfMemory: true,
  });
  assert.equal(await inspectContainer(client, "x"), "gone");
  assert.equal(await inspectContainer(always(500), "c"), undefined);
  assert.equal(await inspectContainer(always(200, {}), "c"), undefined);
});
