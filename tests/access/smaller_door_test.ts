import assert from "node:assert/strict";
import type {
  Directory,
  Sessions,
  TaskSummary,
} from "../../src/access/access.ts";
import { findTarget } from "../../src/target/find_target.ts";
import { fakeChooser } from "../target/fake_access.ts";

/** A task as a door tells it that knows less of tasks than AWS does. */
interface Process extends TaskSummary {
  readonly release: string;
}

const PROCESS: Process = {
  id: "0123456789ab",
  status: "RUNNING",
  group: "service:web",
  release: "R1",
  containers: [{ name: "web", status: "RUNNING" }],
};

const refuse = () => Promise.reject(new Error("not expected"));

const directory: Directory<Process> = {
  region: "us-east-1",
  listClusters: refuse,
  describeClusters: refuse,
  listServices: refuse,
  describeServices: refuse,
  listTasks: () => Promise.resolve([PROCESS]),
  describeTask: () => Promise.resolve(PROCESS),
  selectByIp: refuse,
  listContainerNames: () => Promise.resolve(["web"]),
};

/** It carries sessions itself. */
const sessions: Pick<Sessions<Process, ReadableStream<Uint8Array>>, "open"> = {
  open: ({ task, container, command }) =>
    Promise.resolve({
      kind: "stream",
      stream: new Response(`${task.release} ${container.name}: ${command}`)
        .body!,
    }),
};

Deno.test("a door whose tasks are smaller than AWS's serves the same code, with its own type", async () => {
  const { task, container, service } = await findTarget(
    directory,
    { cluster: "app", service: "web" },
    fakeChooser(undefined),
  );
  assert.deepEqual([task.release, container.name, service], [
    "R1",
    "web",
    "web",
  ]);
  const opened = await sessions.open({
    cluster: "app",
    task,
    container,
    command: "ls",
  });
  assert.equal(opened.kind, "stream");
  assert.equal(
    opened.kind === "stream" && await new Response(opened.stream).text(),
    "R1 web: ls",
  );
});
