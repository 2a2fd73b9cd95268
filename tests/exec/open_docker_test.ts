import assert from "node:assert/strict";
import type { Deps, SpawnOptions } from "../../src/deps.ts";
import type { DecidedSession } from "../../src/exec/decide_way.ts";
import { openDocker } from "../../src/exec/open_docker.ts";
import { startDeadline } from "../../src/limits/start_deadline.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";
import { recordLog } from "./fake_log.ts";

const PONG = new TextEncoder().encode(
  "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\nOK",
);

Deno.test("an ssh that hangs is killed when the wait is over, and no other is started", async () => {
  const started: SpawnOptions[] = [];
  const killed: string[] = [];
  const dialed = Promise.withResolvers<void>();
  let answer = () => {};
  let expire = () => {};
  const deps = {
    platform: "linux",
    env: () => undefined,
    now: () => new Date(0),
    terminalSize: () => undefined,
    sleep: () => new Promise(() => {}),
    spawn(options: SpawnOptions) {
      started.push(options);
      dialed.resolve();
      return {
        stdin: new WritableStream(),
        stdout: new ReadableStream({
          start: (controller) => void (answer = () => controller.enqueue(PONG)),
        }),
        stderr: ReadableStream.from([]),
        exit: Promise.resolve({ code: 255, signal: null }),
        kill: (signal: string) => killed.push(signal),
      };
    },
  } as unknown as Deps;
  const deadline = startDeadline(1, {
    sleep: () => new Promise((resolve) => expire = resolve),
  });
  const app = container("app");
  const session = {
    invocation: { env: [] },
    config: {
      dockerHost: {
        value: "ssh://10.0.0.7",
        source: { kind: "flag", name: "--x" },
      },
    },
    streams: { interactive: false, stdin: false },
    way: { stderr: "merge" },
    target: {
      cluster: "main",
      task: task("1", { containers: [app] }),
      container: app,
      notes: [],
    },
    access: fakeAccess({}),
    log: recordLog().log,
  } as unknown as DecidedSession;
  const opened = openDocker(session, ["ls"], {
    deps: {
      ...deps,
      spawn: (options) => {
        const program = deps.spawn(options);
        // It runs until it is killed.
        return { ...program, exit: new Promise(() => {}) };
      },
    },
    deadline,
    cancellation: {
      orCancelled: (work: Promise<unknown>) => work,
      isCancelled: () => false,
    } as never,
    onStarted: () => assert.fail("nothing has started"),
  });
  const failed = assert.rejects(opened);
  await dialed.promise;
  expire();
  await failed;
  assert.deepEqual(killed, ["SIGKILL"]);
  // Now would be the time for the next ones.
  answer();
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(started.length, 1);
});
