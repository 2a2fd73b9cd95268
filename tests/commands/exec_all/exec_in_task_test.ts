import assert from "node:assert/strict";
import type { AwsAccess } from "../../../src/access/access.ts";
import {
  execInTask,
  type TaskTools,
} from "../../../src/commands/exec_all/exec_in_task.ts";
import { PortholeError } from "../../../src/errors.ts";
import {
  FAKE_PLUGIN,
  grantsSessions,
  playPlugin,
} from "../../exec/fake_plugin.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  container,
  fakeAccess,
  fakeChooser,
  task,
} from "../../target/fake_access.ts";

/** Runs a command that prints "a" in a task; `finish` ends its output. */
async function exec(
  { access, finish = () => Promise.resolve(), result, outputDir }: {
    readonly access?: Partial<AwsAccess>;
    readonly finish?: () => Promise<void>;
    /** Writes the file with the result. */
    readonly result?: () => Promise<void>;
    readonly outputDir?: string;
  },
) {
  const unset = { source: { kind: "default" } };
  const written: string[] = [];
  const device = {
    isTerminal: false,
    write(bytes: Uint8Array) {
      written.push(new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    writeText() {},
  };
  const invocation = {
    kind: "exec_all",
    command: { kind: "argv", argv: ["ls"] },
    noShell: true,
    env: [],
    agentTimeoutMs: 0,
    shared: { logFormat: "text" },
    outputDir,
  };
  const one = task("1", {
    containers: [{ ...container("app"), agent: { status: "RUNNING" } }],
  });
  const { log, said } = recordLog();
  const tools = {
    invocation,
    log,
    gathered: {
      ground: {
        invocation,
        config: {
          cluster: { value: "main", ...unset },
          via: { value: "ecs-exec", ...unset },
          timeoutMs: { value: 0, ...unset },
        },
        streams: { interactive: false, stdin: false },
        access: fakeAccess({ tasks: [one], ...grantsSessions, ...access }),
        chooseClient: () => Promise.resolve(FAKE_PLUGIN),
      },
      chooser: fakeChooser(undefined),
    },
    cancellation: {
      deps: {
        platform: "linux",
        env: () => undefined,
        now: () => new Date(0),
        sleep: () => new Promise(() => {}),
        spawn: playPlugin("a"),
        onSignal: () => () => {},
        terminalSize: () => undefined,
        stderr: device,
        writePrivateFile: result,
      },
      orCancelled: (work: Promise<unknown>) => work,
      isCancelled: () => false,
    },
    openSinks: () =>
      Promise.resolve({
        stdio: { stdin: {}, stdout: device, stderr: device },
        finish,
        taken: () => undefined,
      }),
  } as unknown as TaskTools;
  const { status, error } = await execInTask(one, 0, tools);
  return { status, code: error?.code, written: written.join(""), said };
}

Deno.test("the end of a task's output that cannot be written is a failure, or the reader's end", async () => {
  const ran = await exec({});
  assert.deepEqual([ran.status, ran.code, ran.written], [
    undefined,
    undefined,
    "a",
  ]);
  const full = await exec({ finish: () => Promise.reject(new Error("full")) });
  assert.deepEqual([full.status, full.code], [125, "io_failed"]);
  const closed = await exec({
    finish: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
  });
  assert.deepEqual([closed.status, closed.code], [141, undefined]);
});

Deno.test("a command that has failed keeps its own reason, whatever else cannot be written", async () => {
  const failed = await exec({
    access: {
      open: () => Promise.reject(new PortholeError("access_denied", "no")),
    },
    finish: () => Promise.reject(new Error("full")),
    outputDir: "/out",
    result: () => Promise.reject(new Error("no space")),
  });
  assert.deepEqual([failed.status, failed.code], [125, "access_denied"]);
  assert.match(failed.said.join("\n"), /^warn: .*no space$/m);
});

Deno.test("a result that cannot be written is a failure", async () => {
  const { status, code } = await exec({
    outputDir: "/out",
    result: () => Promise.reject(new Error("no space")),
  });
  assert.deepEqual([status, code], [125, "io_failed"]);
});
