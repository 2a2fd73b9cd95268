/**
 * Shows the main job on this machine, in the sandbox: no AWS account, no network.
 * `scripts/dev demo` runs one command in a container; `--interactive` opens a shell in one.
 */
import { parseArgs } from "node:util";
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

const configFile = "ecspresso.yml";
const configText = "region: us-east-1\ncluster: default\nservice: worker\n";

/** Runs porthole from source in the sandbox, with our own terminal, and returns its status. */
async function runInSandbox(
  args: readonly string[],
  cwd: string,
): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--quiet",
        "--frozen",
        "-A",
        `${projectRoot}tests/sandbox/main.ts`,
        "--",
      ],
      ...[
        Deno.execPath(),
        "run",
        "--quiet",
        "--frozen",
        "-A",
        `${projectRoot}main.ts`,
        ...args,
      ],
    ],
    cwd,
    env: { INIT_CWD: cwd },
  });
  // Ctrl-C is for the program that has the terminal, not for us.
  Deno.addSignalListener("SIGINT", () => {});
  return (await child.spawn().status).code;
}

/** Prints what the user would type, and runs it. */
async function show(args: readonly string[], cwd: string): Promise<number> {
  console.log(`$ porthole ${args.join(" ")}`);
  return await runInSandbox(args, cwd);
}

if (import.meta.main) {
  await runScript(async () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: { interactive: { type: "boolean", short: "i" } },
    });
    const folder = await Deno.makeTempDir({ prefix: "porthole-demo-" });
    try {
      if (values.interactive) return await show(["exec", "web"], folder);
      await Deno.writeTextFile(`${folder}/${configFile}`, configText);
      console.log(`$ cat ${configFile}\n${configText}`);
      const command = ["--", "ls", "-la"];
      const status = await show(
        ["exec", "--config", configFile, ...command],
        folder,
      );
      if (status === 0) {
        console.log(
          "\nFor a shell in a container: ./scripts/dev demo --interactive",
        );
      }
      return status;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
