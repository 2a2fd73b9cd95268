import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import type { Porthole } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());
const { PORTHOLE_CONFIG: _, ...env } = sandbox.env;

/** Other users exist only for root. */
const asRoot = Deno.build.os === "linux" && Deno.uid() === 0;

const STRANGER = 12_345;

/** A directory with a project's file; what is started of it leaves a trace. */
interface Directory {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether anything of the file was started. */
  wasStarted(): Promise<boolean>;
}

async function withDirectory(
  name: string,
  { stranger = false }: { readonly stranger?: boolean },
  body: (directory: Directory) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempDir();
  const trace = `${path}/trace`;
  const trap = (program: string, more = "") =>
    Deno.writeTextFile(
      `${path}/bin/${program}`,
      `#!/bin/sh\n: >'${trace}'\n${more}\n`,
      { mode: 0o755 },
    );
  try {
    await Deno.mkdir(`${path}/bin`);
    await trap("ssh");
    await trap("jsonnet", "echo '{}'");
    await trap("pick", "head -n 1");
    await Deno.writeTextFile(
      `${path}/${name}`,
      name.endsWith("jsonnet") ? "{}\n" : `region: us-east-1
filter_command: pick
exec:
  docker: {host: "ssh://nobody@192.0.2.1"}
`,
    );
    if (stranger) await Deno.chown(`${path}/${name}`, STRANGER, null);
    await body({
      path,
      env: { ...env, NO_COLOR: "1", PATH: `${path}/bin:${SYSTEM}` },
      wasStarted: () =>
        Deno.stat(trace).then(() => Deno.remove(trace)).then(
          () => true,
          () => false,
        ),
    });
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

const SYSTEM = Deno.env.get("PATH") ?? "/usr/bin:/bin";
const COMMAND = ["exec", "web", "-c", "web", "--", "true"] as const;
const DOCKER = ["exec", "legacy", "--via", "docker", "--", "true"] as const;

function run(
  porthole: Porthole,
  { path, env }: Directory,
  args: readonly string[],
) {
  return porthole.run(args, { cwd: path, env });
}

testOnce(
  "a project's filter runs only where the picker would ask, and is named",
  (porthole) =>
    withDirectory("ecspresso.yml", {}, async (directory) => {
      const { path, env, wasStarted } = directory;
      const silent = await run(porthole, directory, COMMAND);
      assert.equal(silent.status, 125);
      assert.match(silent.stderr, /no terminal to ask on/);
      for (const noInput of [["--no-input"], ["--dry-run"]]) {
        await run(porthole, directory, [
          ...COMMAND.slice(0, 2),
          ...noInput,
          ...COMMAND.slice(2),
        ]);
      }
      await run(porthole, directory, ["__complete", "tasks", "web"]);
      assert.equal(await wasStarted(), false);

      const dry = porthole.openPty(
        ["exec", "--dry-run", ...COMMAND.slice(1)],
        { cwd: path, env },
      );
      await dry.waitFor("Select task number (1-2): ");
      dry.write("1\r");
      assert.equal((await dry.exit).code, 0);
      assert.equal(await wasStarted(), false);

      const asked = porthole.openPty(["-q", ...COMMAND], { cwd: path, env });
      await asked.waitFor('filter_command "pick" of ecspresso.yml:2:1');
      assert.equal((await asked.exit).code, 0);
      assert.equal(await wasStarted(), true);

      // By the flag it needs no terminal, as ever.
      const typed = await run(porthole, directory, [
        ...["exec", "--filter-command", "pick"],
        ...COMMAND.slice(1),
      ]);
      assert.equal(typed.status, 0, typed.stderr);
      assert.equal(await wasStarted(), true);
      assert.doesNotMatch(typed.stderr, /ecspresso\.yml/);
    }),
);

testOnce(
  "a stranger's file starts nothing, and --config trusts it",
  (porthole) =>
    withDirectory("ecspresso.yml", { stranger: true }, async (directory) => {
      const { path, env, wasStarted } = directory;
      const asked = porthole.openPty([...COMMAND], { cwd: path, env });
      await asked.waitFor(
        "belongs to user 12345, not to you: filter_command, ",
      );
      await asked.waitFor("Select task number (1-2): ");
      asked.write("1\r");
      assert.equal((await asked.exit).code, 0);
      const docker = await run(porthole, directory, DOCKER);
      assert.equal(docker.status, 125);
      await run(porthole, directory, ["__complete", "tasks", "web"]);
      assert.equal(await wasStarted(), false);

      await run(porthole, directory, [
        ...["exec", "--config", "ecspresso.yml"],
        ...DOCKER.slice(1),
      ]);
      assert.equal(await wasStarted(), true);
      await porthole.run(DOCKER, {
        cwd: path,
        env: { ...env, PORTHOLE_CONFIG: "ecspresso.yml" },
      });
      assert.equal(await wasStarted(), true);
      await porthole.run(DOCKER, {
        cwd: path,
        env: { ...env, SUDO_UID: String(STRANGER) },
      });
      assert.equal(await wasStarted(), true);
    }),
  { ignore: !asRoot },
);

testOnce(
  "a stranger's Jsonnet is not evaluated, not on TAB either",
  (porthole) =>
    withDirectory(
      "ecspresso.jsonnet",
      { stranger: true },
      async (directory) => {
        const refused = await run(porthole, directory, ["tasks"]);
        assert.equal(refused.status, 1);
        assert.match(refused.stderr, /belongs to user 12345, not to you/);
        await run(porthole, directory, ["__complete", "tasks", "web"]);
        assert.equal(await directory.wasStarted(), false);
        await run(porthole, directory, [
          "tasks",
          "--config",
          "ecspresso.jsonnet",
        ]);
        assert.equal(await directory.wasStarted(), true);
      },
    ),
  { ignore: !asRoot },
);

testOnce(
  "a FIFO in the directory is not waited for",
  (porthole) =>
    withDirectory("other.yml", {}, async (directory) => {
      const made = await new Deno.Command("mkfifo", {
        args: [`${directory.path}/ecspresso.yml`],
      }).output();
      assert.ok(made.success);
      const { status, stderr } = await run(porthole, directory, ["tasks"]);
      assert.equal(status, 1);
      assert.match(stderr, /it is a pipe, not a file/);
    }),
);
