import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openProgramPty, type Porthole, type Stdin } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

/** A command line that starts a program, and that program's name. */
interface Case {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Stdin;
  readonly terminal?: boolean;
}

const CASES: readonly Case[] = [
  {
    program: "ssh",
    args: ["exec", "legacy", "--config", "docker.yml", "--", "true"],
  },
  { program: "jsonnet", args: ["config", "show", "--config", "a.jsonnet"] },
  {
    program: "session-manager-plugin",
    args: ["exec", "worker", "--session", "plugin", "--", "true"],
  },
  {
    program: "fzf",
    args: ["exec", "web", "--filter-command", "fzf", "--", "true"],
  },
  {
    program: "sh",
    args: ["exec", "web", "--filter-command", "fzf --tac", "--", "true"],
  },
  {
    program: "cat",
    args: ["exec", "worker", "--", "true"],
    stdin: { file: "/etc/hostname" },
  },
  {
    program: "stty",
    args: ["exec", "-it", "--session", "builtin", "worker", "--", "true"],
    terminal: true,
  },
  {
    program: "credential-helper",
    args: ["tasks", "--profile", "p"],
    env: {
      AWS_CONFIG_FILE: "aws-config",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    },
  },
];

/** Runs it in a directory that has such a program; resolves with whether that was started. */
async function isStarted(
  porthole: Porthole,
  { program, args, env, stdin = "null", terminal = false }: Case,
  makePath: (folder: string) => string,
): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/bin`);
    for (const place of [folder, `${folder}/bin`]) {
      await Deno.writeTextFile(
        `${place}/${program}`,
        `#!/bin/sh\n: >'${folder}/started'\n`,
        { mode: 0o755 },
      );
    }
    await Deno.writeTextFile(`${folder}/a.jsonnet`, "{}\n");
    await Deno.writeTextFile(
      `${folder}/docker.yml`,
      "exec: {route: docker, docker: {host: 'ssh://nobody@192.0.2.1'}}\n",
    );
    await Deno.writeTextFile(
      `${folder}/aws-config`,
      "[profile p]\ncredential_process = credential-helper\n",
    );
    const path = makePath(folder);
    if (terminal) {
      // The terminal's own shell is no program of porthole's.
      await openProgramPty(
        ["env", `PATH=${path}`, ...porthole.command(args)],
        { cwd: folder, env: { ...sandbox.env, ...env } },
      ).exit;
    } else {
      await porthole.run(args, {
        cwd: folder,
        env: { ...sandbox.env, ...env, PATH: path },
        stdin,
      });
    }
    return await Deno.stat(`${folder}/started`).then(() => true, () => false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SYSTEM = Deno.env.get("PATH") ?? "/usr/bin:/bin";

for (const each of CASES) {
  testOnce(
    `no PATH makes a program of the current directory be started: ${each.program}, ${
      each.args.slice(0, 4).join(" ")
    }`,
    async (porthole) => {
      assert.ok(
        await isStarted(porthole, each, (folder) => `${folder}:${SYSTEM}`),
        "it is not one that would be started",
      );
      assert.ok(
        !await isStarted(porthole, each, () => `:.:bin:./bin:${SYSTEM}:`),
      );
    },
  );
}

testOnce("an empty PATH is not the current directory", async (porthole) => {
  const [ssh] = CASES;
  if (ssh !== undefined) assert.ok(!await isStarted(porthole, ssh, () => ""));
});
