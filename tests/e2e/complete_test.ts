import assert from "node:assert/strict";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { recordCalls } from "./record_calls.ts";
import type { Porthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

// Deno's own cache, for the variant that runs from source, is not to move with porthole's.
const denoDir = Deno.env.get("DENO_DIR") ??
  `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;

/** Asks with an empty cache; `ask` takes the words after `__complete`. */
async function withCompletion(
  porthole: Porthole,
  options: Partial<SandboxOptions>,
  body: (
    tools: {
      readonly ask: (...words: readonly string[]) => Promise<string>;
      readonly env: Record<string, string>;
      readonly calls: () => readonly string[];
      readonly cache: string;
      readonly taskIds: (service: string) => readonly string[];
    },
  ) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  const folder = await Deno.makeTempDir();
  const calls = recordCalls(sandbox);
  const env: Record<string, string> = {
    ...sandbox.env,
    XDG_CACHE_HOME: folder,
    DENO_DIR: denoDir,
  };
  try {
    await body({
      env,
      ask: async (...words) => {
        const result = await porthole.run(["__complete", ...words], { env });
        assert.equal(result.status, 0);
        assert.equal(result.stderr, "");
        return result.text;
      },
      calls: calls.names,
      cache: `${folder}/porthole`,
      taskIds: (service) => sandbox.tasks(service).map(({ taskId }) => taskId),
    });
  } finally {
    await sandbox.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A busy machine may need longer than a shell waits; a typed timeout is taken instead. */
const PATIENT = ["--timeout", "20s"] as const;

testOnce(
  "a shell is told clusters, services, targets, tasks and containers",
  (porthole) =>
    withCompletion(porthole, { clusters: 2 }, async ({ ask, taskIds }) => {
      const [younger, older] = taskIds("web");
      const [legacy = ""] = taskIds("legacy");
      const answers: readonly (readonly [
        words: readonly string[],
        answer: string,
      ])[] = [
        [["clusters"], "cluster-2\t\ndefault\t\n"],
        [["services", "--cluster", "cluster-2"], "web\t\nworker\t\n"],
        [["targets", "cluster-2/w"], "cluster-2/web\t\ncluster-2/worker\t\n"],
        [
          ["targets", "w"],
          "fargate-old\t\nlegacy\t\nweb\t\nweb-canary\t\nworker\t\n" +
          "cluster-2/\tcluster\ndefault/\tcluster\n",
        ],
        [
          ["tasks", "web"],
          `${older}\tweb web:6 us-east-1b\n${younger}\tweb web:6 us-east-1a\n`,
        ],
        [["containers", "default/web"], "sidecar\t\nweb\t\n"],
        [["containers", legacy], "legacy\t\n"],
      ];
      await Promise.all(answers.map(async ([words, answer]) => {
        assert.equal(await ask(...words, ...PATIENT), answer);
      }));
      // Where no name begins so, the tasks of the cluster.
      const begun = legacy.slice(0, 9);
      assert.match(
        await ask("targets", begun, ...PATIENT),
        new RegExp(`^${legacy}\tlegacy `, "m"),
      );
    }),
);

testOnce(
  "profiles and regions come from AWS's files, and nothing else is opened",
  (porthole) =>
    withCompletion(porthole, {}, async ({ ask, env, calls, cache }) => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(
          `${folder}/config`,
          "[default]\nregion = eu-west-1\n" +
            "[profile ops]\nregion = eu-isoe-west-1\n" +
            `mfa_serial = arn:aws:iam::1:mfa/me\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n` +
            `[profile "two words"]\ncredential_process = touch ${folder}/ran\n`,
        );
        await Deno.writeTextFile(
          `${folder}/credentials`,
          "[keys]\naws_access_key_id = A\n",
        );
        await Deno.writeTextFile(
          `${folder}/porthole.jsonnet`,
          `std.native("must_env")("NOPE")`,
        );
        env["AWS_CONFIG_FILE"] = `${folder}/config`;
        env["AWS_SHARED_CREDENTIALS_FILE"] = `${folder}/credentials`;
        env["PORTHOLE_CONFIG"] = `${folder}/porthole.jsonnet`;
        assert.equal(
          await ask("profiles", ...PATIENT),
          "default\teu-west-1\nops\teu-isoe-west-1\ntwo words\t\nkeys\t\n",
        );
        const regions = await ask("regions", "--profile", "ops", ...PATIENT);
        assert.match(regions, /^eu-west-1\tIreland$/m);
        assert.match(regions, /^eu-isoe-west-1\t$/m);
        await Deno.writeTextFile(`${folder}/config`, "[half");
        assert.equal(await ask("profiles", ...PATIENT), "keys\t\n");
        assert.deepEqual(calls(), []);
        assert.deepEqual([...Deno.readDirSync(folder)].length, 3);
        assert.equal(
          await Deno.stat(cache).then(() => true, () => false),
          false,
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }),
);

testOnce(
  "the same is not asked twice, and the cache is its owner's",
  (porthole) =>
    withCompletion(porthole, {}, async ({ ask, calls, cache }) => {
      const first = await ask("services", ...PATIENT);
      assert.deepEqual(calls(), ["ListServices"]);
      assert.equal(await ask("services", ...PATIENT), first);
      assert.deepEqual(calls(), ["ListServices"]);
      // The same names, but as something else.
      assert.match(
        await ask("targets", "default/", ...PATIENT),
        /^default\/web\t$/m,
      );
      assert.equal(calls().length, 1);
      await ask("clusters", ...PATIENT);
      await ask("targets", "", ...PATIENT);
      assert.deepEqual(calls(), ["ListServices", "ListClusters"]);
      const mode = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
      assert.equal(mode(cache), 0o700);
      assert.equal(mode(`${cache}/completion.json`), 0o600);
    }),
);

testOnce(
  "what goes wrong is nothing: no line, no error, status 0",
  (porthole) =>
    withCompletion(
      porthole,
      { deny: ["ecs:ListClusters"] },
      async ({ ask }) => {
        const mistakes = [
          ["clusters", ...PATIENT],
          ["services", "--cluster", "nope", ...PATIENT],
          ["tasks", "no/such/target"],
          ["accounts"],
          [],
          ["services", "--no-such-flag"],
          ["services", "--config", "/nowhere.yml"],
          ["services", "--profile", "nobody", ...PATIENT],
          ["services", "--", "ls"],
          ["services", "--output", "json"],
        ];
        await Promise.all(mistakes.map(async (words) => {
          assert.equal(await ask(...words), "", words.join(" "));
        }));
      },
    ),
);

testOnce("who types waits no longer than for a moment", (porthole) =>
  // Twenty seconds an answer: whoever waited for one would not get through here.
  withCompletion(porthole, { latencyMs: 20_000 }, async ({ ask }) => {
    assert.equal(await ask("services", "--debug"), "");
  }));

testOnce(
  "what came too late is there for the next question",
  (porthole) =>
    withCompletion(
      porthole,
      { latencyMs: 1_000 },
      async ({ ask, calls, cache }) => {
        // Only a compiled program knows how to start itself again.
        if (porthole.variant !== "binary") return;
        assert.equal(await ask("services"), "");
        await appear(`${cache}/completion.json`, '"web"');
        const before = calls().length;
        assert.match(await ask("services", ...PATIENT), /^web\t$/m);
        assert.equal(calls().length, before);
      },
    ),
);

testOnce(
  "what hangs on the way to the question is left behind by nobody",
  (porthole) =>
    withCompletion(porthole, {}, async ({ env, ask, calls }) => {
      const folder = await Deno.makeTempDir();
      try {
        const pids = `${folder}/pids`;
        const hanging = `#!/bin/sh\necho $$ >>${pids}; exec sleep 1000\n`;
        for (const name of ["jsonnet", "keys"]) {
          await Deno.writeTextFile(`${folder}/${name}`, hanging);
          await Deno.chmod(`${folder}/${name}`, 0o755);
        }
        await Deno.writeTextFile(`${folder}/a.jsonnet`, "{}");
        await Deno.writeTextFile(
          `${folder}/aws`,
          `[profile hangs]\ncredential_process = ${folder}/keys\n`,
        );
        const fifo = `${folder}/fifo`;
        await new Deno.Command("mkfifo", { args: [fifo] }).output();
        env["PATH"] = `${folder}:${Deno.env.get("PATH")}`;
        env["AWS_CONFIG_FILE"] = `${folder}/aws`;
        const impatient = ["--timeout", "1500ms"];
        assert.equal(
          await ask("services", "--config", `${folder}/a.jsonnet`),
          "",
        );
        assert.equal(await ask("services", "--config", fifo), "");
        assert.equal(
          await ask("services", "--profile", "hangs", ...impatient),
          "",
        );
        const started = (await Deno.readTextFile(pids).catch(() => ""))
          .split("\n").filter(Boolean).map(Number);
        // From source the program may not have come so far.
        if (porthole.variant === "binary") assert(started.length > 0);
        for (const pid of started) await waitUntilGone(pid);
        assert.equal(await hasReader(fifo), false);
        assert.deepEqual(calls(), []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }),
);

testOnce(
  "a cache that is no file is no cache",
  (porthole) =>
    withCompletion(porthole, {}, async ({ ask, calls, cache }) => {
      await Deno.mkdir(cache, { recursive: true });
      await new Deno.Command("mkfifo", { args: [`${cache}/completion.json`] })
        .output();
      const answer = await ask("services", ...PATIENT);
      assert.match(answer, /^web\t$/m);
      assert.equal(await ask("services", ...PATIENT), answer);
      assert.equal(calls()[0], "ListServices");
    }),
);

/** Waits until a process that was killed is no more. */
async function waitUntilGone(pid: number): Promise<void> {
  for (let looks = 0; looks < 1_000; looks++) {
    const status = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
    if (status === "" || /\) Z/.test(status)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  Deno.kill(pid, "SIGKILL");
  throw new Error(`Process ${pid} was left behind`);
}

/** Whether somebody has a FIFO open: else it does not open for writing without waiting. */
async function hasReader(fifo: string): Promise<boolean> {
  try {
    const file = await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    await file.close();
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, "ENXIO");
    return false;
  }
}

/** Waits until a file holds a text. */
async function appear(file: string, text: string): Promise<void> {
  for (let looks = 0; looks < 1_000; looks++) {
    const found = await Deno.readTextFile(file).catch(() => "");
    if (found.includes(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Cannot find ${text} in ${file}`);
}
