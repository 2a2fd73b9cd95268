import assert from "node:assert/strict";
import type { Task } from "../../../src/access/access.ts";
import type { ExecAllInvocation } from "../../../src/args/invocation.ts";
import type { GatheredTasks } from "../../../src/commands/exec_all/gather_tasks.ts";
import { runTasks } from "../../../src/commands/exec_all/run_tasks.ts";
import type { Cancellation } from "../../../src/limits/cancel_on_signal.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  FAKE_PLUGIN,
  grantsSessions,
  playPlugin,
} from "../../exec/fake_plugin.ts";
import {
  container,
  fakeAccess,
  fakeChooser,
  task,
} from "../../target/fake_access.ts";

const ids = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(32));

/** Five tasks whose descriptions wait until they are answered; `prints` stands for a plugin, and stdout's reader is gone. */
function setUp(
  flags: Partial<ExecAllInvocation>,
  { prints }: { readonly prints?: string } = {},
) {
  const asked = new Map<string, PromiseWithResolvers<Task | undefined>>();
  const opened: PromiseWithResolvers<never>[] = [];
  const handlers = new Map<string, () => void>();
  const unset = { source: { kind: "default" } };
  const invocation = {
    kind: "exec_all",
    command: { kind: "argv", argv: ["ls"] },
    env: [],
    output: "json",
    parallel: 2,
    failFast: false,
    dryRun: false,
    prefix: "auto",
    shared: { color: "never" },
    ...flags,
  };
  const { log } = recordLog();
  const tasks = ids.map((id) =>
    task(id, {
      containers: [{ ...container("app"), agent: { status: "RUNNING" } }],
    })
  );
  const gathered = {
    ground: {
      invocation,
      config: {
        cluster: { value: "main", ...unset },
        via: { value: "ecs-exec", ...unset },
        session: { value: "builtin", ...unset },
        timeoutMs: { value: 0, ...unset },
        agentTimeoutMs: { value: 0, ...unset },
        pick: { value: "auto", ...unset },
      },
      streams: { interactive: false, stdin: false },
      access: fakeAccess({
        ...grantsSessions,
        describeTask(_, id) {
          const answer = Promise.withResolvers<Task | undefined>();
          asked.set(id, answer);
          return answer.promise;
        },
      }),
      chooseClient: () =>
        Promise.resolve(
          prints === undefined
            ? { kind: "builtin", because: "the test says so" }
            : FAKE_PLUGIN,
        ),
    },
    tasks,
    chooser: fakeChooser(undefined),
    log,
  } as unknown as GatheredTasks;
  const device = {
    isTerminal: false,
    write: () => Promise.resolve(),
    writeText() {},
  };
  const outer = {
    deps: {
      env: () => undefined,
      now: () => new Date(0),
      sleep: () => new Promise(() => {}),
      spawn: prints === undefined ? undefined : playPlugin(prints),
      terminalSize: () => undefined,
      stdin: {},
      stdout: prints === undefined ? device : {
        ...device,
        write: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
      },
      stderr: device,
      onSignal(name: string, handler: () => void) {
        handlers.set(name, handler);
        return () => handlers.delete(name);
      },
      openPrivateFile() {
        const file = Promise.withResolvers<never>();
        opened.push(file);
        return file.promise;
      },
      writePrivateFile: () => Promise.resolve(),
    },
    outlast: () => () => {},
  } as unknown as Cancellation;
  return {
    ran: runTasks(invocation as ExecAllInvocation, gathered, outer),
    asked,
    opened,
    signal: (name: string) => handlers.get(name)?.(),
    answer: (id: string) =>
      asked.get(id)!.resolve(tasks.find((task) => task.id === id)),
  };
}

/** What is ready to go on has gone on by then. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("so many tasks at a time as --parallel says, each next one when one is done", async () => {
  for (const parallel of [1, 2, 4]) {
    const { ran, asked, answer } = setUp({ parallel, dryRun: true });
    for (let done = 0; done < ids.length; done++) {
      await settle();
      assert.deepEqual(
        [...asked.keys()],
        ids.slice(0, done + parallel),
        `--parallel ${parallel}, ${done} done`,
      );
      answer(ids[done]!);
    }
    const { results, heard } = await ran;
    assert.deepEqual(results.map(({ task }) => task), ids);
    assert.deepEqual(results.map(({ plan }) => plan?.task), ids);
    assert.equal(heard, undefined);
  }
});

Deno.test("a failure keeps nobody from starting, but with --fail-fast", async () => {
  for (const failFast of [false, true]) {
    const { ran, asked } = setUp({ parallel: 2, failFast });
    for (const id of failFast ? ids.slice(0, 1) : ids) {
      await settle();
      asked.get(id)!.reject(new Error("refused"));
    }
    const { results, heard } = await ran;
    assert.equal(heard, undefined);
    assert.deepEqual(
      results.map(({ error }) => error?.message),
      failFast
        ? [
          "Cannot continue: refused",
          "Ended: another task failed",
          ...Array(3).fill("Not started: another task failed"),
        ]
        : Array(5).fill("Cannot continue: refused"),
    );
    // What was cancelled for another one's failure is 130, by itself.
    assert.deepEqual(
      results.map(({ status }) => status),
      failFast ? [125, 130, 130, 130, 130] : Array(5).fill(125),
    );
  }
});

Deno.test("after a signal nothing more is started, and the signal is the cause", async () => {
  const { ran, asked, signal } = setUp({});
  await settle();
  assert.equal(asked.size, 2);
  signal("SIGINT");
  const { results, heard } = await ran;
  assert.equal(heard, "SIGINT");
  assert.equal(asked.size, 2);
  assert.deepEqual(results.map(({ error }) => error?.message), [
    "Cancelled",
    "Cancelled",
    ...Array(3).fill("Not started: cancelled"),
  ]);
});

Deno.test("a failure that comes behind a signal does not become the cause of what the signal ended", async () => {
  const { ran, opened, answer, signal } = setUp({
    failFast: true,
    outputDir: "/out",
  });
  await settle();
  answer(ids[0]!);
  answer(ids[1]!);
  await settle();
  assert.equal(opened.length, 2);
  signal("SIGTERM");
  opened[0]!.reject(new Deno.errors.PermissionDenied());
  await settle();
  // The session of the second one is not opened any more.
  opened[1]!.resolve({ write() {}, close() {} } as never);
  const { results, heard } = await ran;
  assert.equal(heard, "SIGTERM");
  assert.deepEqual(
    results.slice(0, 2).map(({ error, status }) => [error?.message, status]),
    [
      [`Cannot write "/out/${ids[0]}.stdout": permission denied`, 125],
      ["Cancelled", 143],
    ],
  );
});

Deno.test("once nobody reads the output, no more tasks are entered", async () => {
  for (const prints of ["a line\n", "half a line"]) {
    const { ran, asked, answer } = setUp({
      parallel: 1,
      output: "text",
      noShell: true,
      agentTimeoutMs: 0,
    }, { prints });
    await settle();
    answer(ids[0]!);
    const { results } = await ran;
    assert.deepEqual([...asked.keys()], ids.slice(0, 1));
    assert.deepEqual(results.map(({ status }) => status), Array(5).fill(141));
    assert.deepEqual(
      results.map(({ error }) => error?.message),
      [
        undefined,
        ...Array(4).fill("Not started: the reader of the output has gone"),
      ],
    );
  }
});
