import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import { testPorthole } from "./run_porthole.ts";

const sandbox = await startSandbox({ tasks: { web: 3 }, unsettled: true });
Deno.test.afterAll(() => sandbox.close());
const { env } = sandbox;
const ids = sandbox.tasks("web").map(({ taskId }) => taskId);
const short = ids.map((id) => id.slice(0, 12));

/** A line of shell that prints the first digits of the task's id, which its HOME begins with. */
const TELL_ID = 'id=${HOME##*/}; id=${id%-*}; echo "$id';

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

function linesOf(text: string): readonly string[] {
  assert(text === "" || text.endsWith("\n"), text);
  return text.split("\n").slice(0, -1);
}

testPorthole(
  "--all: each task's lines, with its id before them",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "web", "--all", "--command", `${TELL_ID} 1"; printf "$id 2"`],
      { env },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(
      linesOf(result.text).toSorted(),
      short.flatMap((id) =>
        [1, 2].map((line) => `${id} | ${id.slice(0, 8)} ${line}`)
      ).toSorted(),
    );
    assert.match(result.stderr, /web\/default Starting exec\n/);
    assert.match(result.stderr, /web\/default Tasks: 3\n/);
    assert.match(result.stderr, /web\/default 3 tasks: 3 ok\n$/);
  },
);

testPorthole("--all: -q leaves the output alone", async (porthole) => {
  const result = await porthole.run(
    ["exec", "web", "--all", "-q", "--prefix", "never", "--", "echo", "hi"],
    { env },
  );
  assert.equal(result.stderr, "");
  assert.equal(result.text, "hi\nhi\nhi\n");
});

testPorthole(
  "--all: stderr goes to stderr where it is separate",
  async (porthole) => {
    const result = await porthole.run(
      [
        "exec",
        "web",
        "--all",
        "-q",
        "--stderr",
        "split",
        "--command",
        "echo out; echo err >&2",
      ],
      { env },
    );
    assert.equal(result.status, 0, result.stderr);
    const expect = (what: string) =>
      short.map((id) => `${id} | ${what}`).toSorted();
    assert.deepEqual(linesOf(result.text).toSorted(), expect("out"));
    assert.deepEqual(linesOf(result.stderr).toSorted(), expect("err"));
  },
);

testPorthole(
  "--all: a single task's bytes stay as they are, and stdin is not read",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "worker", "--all", "-q", "--command", 'printf "a\\0b"; wc -c'],
      { env, stdin: "silent" },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.text, "a\0b0\n");
  },
);

testPorthole(
  "--all -A: every service's tasks, each on its route; what fails does not stop the others",
  async (porthole) => {
    const result = await porthole.run(
      ["exec", "default/", "--all", "-A", "--", "echo", "here"],
      { env },
    );
    assert.equal(result.status, 125, result.stderr);
    const lines = linesOf(result.text);
    assert.deepEqual(
      short.filter((id) => lines.includes(`${id} | here`)),
      short,
    );
    const [legacy] = sandbox.tasks("legacy");
    const [old] = sandbox.tasks("fargate-old");
    const legacyId = legacy!.taskId.slice(0, 12);
    const oldId = old!.taskId.slice(0, 12);
    assert.match(
      result.stderr,
      new RegExp(`\\[warn\\] legacy/default/${legacyId} Using Docker exec`),
    );
    assert.match(
      result.stderr,
      new RegExp(`\\[warn\\] fargate-old/default/${oldId} cannot exec into`),
    );
    assert.match(result.stderr, / -\/default \d+ tasks: \d+ ok, 2 failed\n/);
    assert.match(result.stderr, new RegExp(`${oldId}: cannot exec into`));
  },
);

testPorthole(
  "--all -o json: one object, with exec's keys for each task",
  async (porthole) => {
    const result = await porthole.run(
      [
        "exec",
        "web",
        "--all",
        "-o",
        "json",
        "--command",
        `${TELL_ID}"; test $id != ${ids[1]!.slice(0, 8)} || exit 4`,
      ],
      { env },
    );
    assert.equal(result.status, 4, result.stderr);
    const { results, status, ...rest } = JSON.parse(result.text);
    assert.equal(linesOf(result.text).length, 1);
    assert.deepEqual(rest, {});
    assert.equal(status, 4);
    const told = results.map((one: Record<string, unknown>) => [
      one["task"],
      one["status"],
      one["output"],
      one["service"],
      one["carrier"],
    ]).toSorted();
    assert.deepEqual(
      told,
      ids.map((id, at) => [
        id,
        at === 1 ? 4 : 0,
        `${id.slice(0, 8)}\n`,
        "web",
        "builtin",
      ]).toSorted(),
    );
    assert.match(
      result.stderr,
      new RegExp(`3 tasks: 2 ok, 1 failed\n.*${short[1]}: exit status 4\n`),
    );
  },
);

testPorthole(
  "--all --output-dir and --result: files for each task, and for all",
  async (porthole) => {
    await withFolder(async (folder) => {
      const dir = `${folder}/new/out`;
      const result = await porthole.run(
        [
          "exec",
          "web",
          "--all",
          "-q",
          "--output-dir",
          dir,
          "--result",
          `${folder}/all.json`,
          "--command",
          `${TELL_ID}"; printf "\\000\\r\\n"; exit 3`,
        ],
        { env },
      );
      assert.equal(result.status, 3, result.stderr);
      assert.equal(result.text, "");
      for (const id of ids) {
        assert.equal(
          await Deno.readTextFile(`${dir}/${id}.stdout`),
          `${id.slice(0, 8)}\n\0\r\n`,
        );
        const own = JSON.parse(await Deno.readTextFile(`${dir}/${id}.json`));
        assert.deepEqual([own.task, own.status], [id, 3]);
        const { mode } = await Deno.stat(`${dir}/${id}.stdout`);
        assert.equal(mode! & 0o777, 0o600);
      }
      const files = [...Deno.readDirSync(dir)].map(({ name }) => name);
      assert.equal(files.length, 6, files.join(" "));
      const all = JSON.parse(await Deno.readTextFile(`${folder}/all.json`));
      assert.equal(all.results.length, 3);
      assert.equal(all.status, 3);
      assert.equal(all.results[0].output, undefined);
    });
  },
);

testPorthole(
  "--all: a directory that cannot be one, before AWS is asked",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(
      ["exec", "web", "--all", "--output-dir", "/dev/null", "--", "ls"],
      { env },
    );
    assert.equal(result.status, 125);
    assert.match(
      result.stderr,
      /error: Cannot use "\/dev\/null" as --output-dir/,
    );
    assert.deepEqual(calls.names(), []);
  },
);

testPorthole(
  "--all --fail-fast: the rest is not started, and what runs is ended",
  async (porthole) => {
    // Whichever two begin, one of them at least fails.
    const failing = ids.slice(1).map((id) => id.slice(0, 8)).join("|");
    const result = await porthole.run(
      [
        "exec",
        "web",
        "--all",
        "--parallel",
        "2",
        "--fail-fast",
        "-o",
        "json",
        "--command",
        `${TELL_ID}"; case $id in ${failing}) exit 9;; esac; exec sleep 73010`,
      ],
      { env },
    );
    assert.equal(result.status, 9, result.stderr);
    const { results, status } = JSON.parse(result.text);
    assert.equal(status, 9);
    const codes = results.map((
      { status, error }: { status: number; error?: { code: string } },
    ) => error?.code ?? status);
    assert.equal(codes.length, 3);
    assert(codes.includes(9) && codes.includes("cancelled"), codes.join(" "));
    assert.match(result.stderr, /another task failed/);
  },
);

testPorthole(
  "--all: Ctrl-C ends the command in every task",
  async (porthole) => {
    const nap = porthole.variant === "source" ? "73011" : "73012";
    const running = porthole.start(
      [
        "exec",
        "web",
        "--all",
        "--prefix=never",
        "--command",
        `echo up $$; exec sleep ${nap}`,
      ],
      { env, stdin: "silent" },
    );
    await running.waitFor("up");
    const pids = new Set<string>();
    while (pids.size < 3) {
      // The text that has come so far is not at hand: the processes themselves are.
      for (const pid of await findSleepers(nap)) pids.add(pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.kill("SIGINT");
    const result = await running.result;
    assert.equal(result.status, 130);
    assert.match(result.stderr, /error: Cancelled by SIGINT\n$/);
    assert.match(result.stderr, /3 tasks: 0 ok, 3 failed/);
    while ((await findSleepers(nap)).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
);

testPorthole(
  "--all: a second Ctrl-C gives up on commands that go on",
  async (porthole) => {
    const nap = porthole.variant === "source" ? "73013" : "73014";
    const running = porthole.start(
      [
        "exec",
        "web",
        "--all",
        "-o",
        "json",
        "--result",
        "/dev/null",
        "--command",
        `trap "" INT TERM HUP; sleep ${nap}`,
      ],
      { env },
    );
    while ((await findSleepers(nap)).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    running.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 700));
    running.kill("SIGINT");
    const result = await running.result;
    assert.equal(result.status, 130, result.stderr);
    const { results, error } = JSON.parse(result.text);
    assert.equal(error.code, "cancelled");
    assert.equal(results.length, 3);
  },
);

/** The processes of the sandbox's containers that sleep so long, each test's and variant's own time. */
async function findSleepers(seconds: string): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command("pgrep", {
    args: ["-fx", `sleep ${seconds}`],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((pid) =>
    pid !== ""
  );
}

testPorthole("--all --timeout: each task's own", async (porthole) => {
  const result = await porthole.run(
    ["exec", "web", "--all", "-q", "--timeout", "3s", "--", "sleep", "300"],
    { env },
  );
  assert.equal(result.status, 124);
  assert.equal(
    result.stderr.match(/did not finish within 3s/g)?.length,
    3,
    result.stderr,
  );
});

for (const service of ["stopped", "pending", "stopping"]) {
  testPorthole(
    `--all: no running task (${service}) is 125, and one object too`,
    async (porthole) => {
      const result = await porthole.run(
        ["exec", service, "--all", "-o", "json", "--", "ls"],
        { env },
      );
      assert.equal(result.status, 125);
      const { results, status, error } = JSON.parse(result.text);
      assert.deepEqual([results, status], [[], 125]);
      assert.equal(error.code, "no_running_task");
    },
  );
}

testPorthole(
  "--all without a service is a mistake, whoever could be asked",
  async (porthole) => {
    const result = await porthole.run(["exec", "--all", "--", "ls"], { env });
    assert.equal(result.status, 125);
    assert.match(
      result.stderr,
      /error: Cannot use --all: no service was named/,
    );
  },
);

testPorthole(
  "--all --dry-run: a plan for each task, and nothing started",
  async (porthole) => {
    const calls = recordCalls(sandbox);
    const result = await porthole.run(
      ["exec", "web", "--all", "--dry-run", "-o", "json", "--", "ls"],
      { env },
    );
    assert.equal(result.status, 0, result.stderr);
    const { plans, failures } = JSON.parse(result.text);
    assert.deepEqual(
      plans.map(({ task }: { task: string }) => task).toSorted(),
      ids.toSorted(),
    );
    assert.deepEqual(failures, []);
    assert(!calls.names().includes("ExecuteCommand"));
  },
);

testPorthole(
  "--all: a reader of stdout that goes away ends it",
  async (porthole) => {
    const [program, ...args] = porthole.command([
      "exec",
      "web",
      "--all",
      "-q",
      "--parallel",
      "1",
      "--",
      "sh",
      "-c",
      "while :; do echo y; sleep 0.1; done",
    ]);
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        '("$@"; echo "status $?" >&2) | head -2',
        "sh",
        program,
        ...args,
      ],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH")!, HOME: Deno.env.get("HOME")!, ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { stdout, stderr } = await child.output();
    const text = new TextDecoder().decode(stdout);
    assert.match(text, /^(\w{12}) \| y\n\1 \| y\n$/);
    assert.match(new TextDecoder().decode(stderr), /status 141/);
  },
);
