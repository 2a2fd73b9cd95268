/** What may go wrong in some of many tasks: each is told, and the others go on. */
import assert from "node:assert/strict";
import { ECS } from "@aws-sdk/client-ecs";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { testPorthole } from "./run_porthole.ts";
import { tellingPid, watchMemory } from "./watch_memory.ts";

const isLong = Deno.env.get("PORTHOLE_TEST_LONG") === "1";

interface Told {
  readonly task: string;
  readonly status: number;
  readonly output: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A line of shell that finds the first digits of the task's id, which its HOME begins with. */
const FIND_ID = "id=${HOME##*/}; id=${id%-*}";

function readResults(
  text: string,
): { readonly results: readonly Told[]; readonly status: number } {
  return JSON.parse(text);
}

function credentialsOf({ env }: Sandbox) {
  return {
    region: "us-east-1",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"]!,
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"]!,
    },
  };
}

async function withFolder(
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testPorthole(
  "--all: a task that AWS throttles, and one that lacks the container, are told and the others go on",
  async (porthole) => {
    const sandbox = await startSandbox({
      tasks: { web: 4 },
      fail: {
        "ecs:ExecuteCommand": {
          error: "ThrottlingException",
          message: "Rate exceeded",
          times: 1,
        },
      },
    });
    try {
      const all = ["exec", "web", "--all", "-o", "json", "--", "echo", "hi"];
      const strict = await porthole.run(all, {
        env: { ...sandbox.env, AWS_MAX_ATTEMPTS: "1" },
      });
      assert.equal(strict.status, 125, strict.stderr);
      const { results } = readResults(strict.text);
      assert.deepEqual(
        results.map(({ error, status }) => error?.code ?? status).toSorted(),
        [0, 0, 0, "throttled"],
      );
      const some = await porthole.run(
        ["exec", "default/", "--all", "-A", "-c", "sidecar", "-o", "json"]
          .concat("--", "echo", "hi"),
        { env: sandbox.env },
      );
      const codes = readResults(some.text).results.map(({ error }) =>
        error?.code
      );
      assert.equal(some.status, 125, some.stderr);
      // Of web and web-canary; the others have no such container.
      assert.equal(codes.filter((code) => code === undefined).length, 5);
      assert.deepEqual([...new Set(codes)].toSorted(), [
        "container_not_found",
        undefined,
      ]);
    } finally {
      await sandbox.close();
    }
  },
);

testPorthole(
  "--all: tasks that stop meanwhile are told, while they wait and while they run",
  async (porthole) => {
    const sandbox = await startSandbox({ tasks: { web: 3 } });
    try {
      await withFolder(async (folder) => {
        const go = `${folder}/go`;
        await Deno.writeTextFile(go, "");
        const running = porthole.start(
          ["exec", "web", "--all", "--parallel", "2", "-o", "json", "--command"]
            .concat(`while [ -e ${go} ]; do sleep 0.05; done; echo done`),
          { env: sandbox.env },
        );
        const started = () =>
          sandbox.sessions().filter(({ state }) => state === "running");
        await sandbox.waitFor(() => started().length === 2);
        const inside = started().map(({ taskId }) => taskId);
        const waiting = sandbox.tasks("web").map(({ taskId }) => taskId)
          .find((id) => !inside.includes(id))!;
        sandbox.stopTask(waiting, "Scaling activity");
        sandbox.stopTask(inside[0]!, "Scaling activity");
        await Deno.remove(go);
        const result = await running.result;
        assert.equal(result.status, 125, result.stderr);
        const { results } = readResults(result.text);
        const codeOf = (id: string | undefined) => {
          const { error, status } = results.find(({ task }) => task === id)!;
          return error?.code ?? status;
        };
        assert.equal(results.length, 3);
        assert.equal(codeOf(waiting), "no_running_task");
        assert.equal(codeOf(inside[0]), "task_stopped");
        assert.equal(codeOf(inside[1]), 0);
        assert.match(result.stderr, /3 tasks: 1 ok, 2 failed/);
      });
    } finally {
      await sandbox.close();
    }
  },
);

testPorthole(
  "--all: tasks that a deployment replaces meanwhile are told, and those that it starts are left alone",
  async (porthole) => {
    const sandbox = await startSandbox({ tasks: { web: 2 } });
    const ecs = new ECS({ endpoint: sandbox.url, ...credentialsOf(sandbox) });
    try {
      const old = sandbox.tasks("web").map(({ taskId }) => taskId);
      const running = porthole.start(
        ["exec", "web", "--all", "--parallel", "1", "-o", "json", "--"]
          .concat("sleep", "73031"),
        { env: sandbox.env },
      );
      await sandbox.waitFor(({ sessions }) =>
        sessions().some(({ state }) => state === "running")
      );
      await ecs.updateService({ service: "web", forceNewDeployment: true });
      const result = await running.result;
      const { results } = readResults(result.text);
      assert.equal(result.status, 125, result.stderr);
      assert.deepEqual(
        results.map(({ task }) => task).toSorted(),
        old.toSorted(),
      );
      assert.deepEqual(
        results.map(({ error }) => error?.code).toSorted(),
        ["no_running_task", "task_stopped"],
      );
      assert.ok(sandbox.sessions().every(({ taskId }) => old.includes(taskId)));
    } finally {
      ecs.destroy();
      await sandbox.close();
    }
  },
);

/** Each way to fail, as a line of shell, and what is told of it. */
const WAYS: readonly (readonly [shell: string, told: number | string])[] = [
  ["exit 3", 3],
  ["exit 125", 125],
  ["kill -9 $$", 137],
  ["kill -TERM $$", 143],
  ["exec nosuchprogram", 127],
  ["exec /etc/passwd", 126],
  ["printf '\\377\\000'; exit 1", 1],
];

testPorthole(
  "--all: with one in twenty failing in each possible way, every task has its own result",
  async (porthole) => {
    const count = isLong ? 200 : 20;
    const sandbox = await startSandbox({ tasks: { web: count } });
    try {
      const ids = sandbox.tasks("web").map(({ taskId }) => taskId);
      const share = count / 20;
      const wayOf = (at: number) => WAYS[Math.floor(at / share)];
      const cases = ids.flatMap((id, at) => {
        const way = wayOf(at);
        return way === undefined ? [] : [`${id.slice(0, 8)}) ${way[0]};;`];
      });
      const result = await porthole.run(
        ["exec", "web", "--all", "--parallel", "20", "-o", "json", "--command"]
          .concat(`${FIND_ID}; echo $id; case $id in ${cases.join(" ")} esac`),
        { env: sandbox.env },
      );
      assert.equal(result.status, 1, result.stderr);
      const { results } = readResults(result.text);
      assert.equal(results.length, count);
      for (const { task, status, output } of results) {
        const at = ids.indexOf(task);
        assert.equal(status, wayOf(at)?.[1] ?? 0, task);
        // What the shell says of a command that it cannot run follows.
        if (status !== 1) assert(output.startsWith(`${task.slice(0, 8)}\n`));
      }
      const failed = WAYS.length * share;
      assert.match(
        result.stderr,
        new RegExp(`${count} tasks: ${count - failed} ok, ${failed} failed`),
      );
    } finally {
      await sandbox.close();
    }
  },
  { long: isLong },
);

/**
 * The loud task stops only once the others are through, each with more than a window of output: were one
 * starved, nothing would end.
 */
testPorthole(
  "--all: a task with very much output does not starve the others, and memory stays bounded",
  async (porthole) => {
    const sandbox = await startSandbox({ tasks: { web: 4 } });
    try {
      await withFolder(async (folder) => {
        const [loud] = sandbox.tasks("web").map(({ taskId }) => taskId);
        const pid = `${folder}/pid`;
        const least = isLong ? 1600 : 16;
        const block =
          "dd if=/dev/zero bs=65535 count=1 2>/dev/null|tr '\\0' x;echo";
        const loop =
          `while [ $n -lt ${least} ]||[ $(ls ${folder}|grep -c done) -lt 3 ];do ` +
          `${block};n=$((n+1));[ $n -lt 9999 ]||exit 9;done`;
        const command = `${FIND_ID};case $id in ` +
          `${loud!.slice(0, 8)}) n=0;${loop};echo end;;` +
          `*) for i in 1 2 3 4;do ${block};done;: >${folder}/done.$id;;esac`;
        const args = ["exec", "web", "--all", "-q", "--no-binary"].concat(
          "--command",
          command,
        );
        using memory = watchMemory(pid);
        const [program, ...words] = tellingPid(pid, porthole.command(args));
        const child = new Deno.Command(program, {
          args: words,
          clearEnv: true,
          env: {
            PATH: Deno.env.get("PATH")!,
            HOME: Deno.env.get("HOME")!,
            ...sandbox.env,
          },
          stdin: "null",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        const counts = new Map<string, number>();
        let line = "";
        const decoder = new TextDecoder();
        for await (const chunk of child.stdout) {
          const lines = (line + decoder.decode(chunk, { stream: true }))
            .split("\n");
          line = lines.pop()!;
          for (const whole of lines) {
            const [, id] = /^(\w{12}) \| (x*|end)$/.exec(whole) ?? [];
            assert(id !== undefined, whole.slice(0, 80));
            counts.set(id, (counts.get(id) ?? 0) + 1);
          }
        }
        const { code } = await child.status;
        const errors = await new Response(child.stderr).text();
        assert.equal(code, 0, errors);
        assert.equal(line, "");
        assert.equal(counts.size, 4);
        const small = [...counts.values()].toSorted((a, b) => a - b);
        assert.deepEqual(small.slice(0, 3), [4, 4, 4]);
        if (isLong) {
          console.log(
            `loud: ${small[3]} blocks of 64 KiB, peak ${memory.peak()} MiB`,
          );
          assert(memory.peak() < 300, `${memory.peak()} MiB`);
        }
      });
    } finally {
      await sandbox.close();
    }
  },
  { long: isLong },
);
