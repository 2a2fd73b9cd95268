/**
 * Shows the main job on this machine, in the sandbox: no AWS account, no network.
 * `scripts/dev demo` runs one command in a container, and another one through a rack, without AWS credentials;
 * `--interactive` opens a shell in a container.
 */
import { parseArgs } from "node:util";
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

const configFile = "ecspresso.yml";
const configText = "region: us-east-1\ncluster: default\nservice: worker\n";

/** Runs one of the project's programs in a sandbox, with our own terminal, and returns its status. */
async function runInSandbox(
  { flags, program, args }: {
    readonly flags: readonly string[];
    readonly program: string;
    readonly args: readonly string[];
  },
  cwd: string,
): Promise<number> {
  const deno = ["run", "--quiet", "--frozen", "-A"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...deno,
      `${projectRoot}tests/sandbox/main.ts`,
      ...flags,
      "--",
      Deno.execPath(),
      ...deno,
      `${projectRoot}${program}`,
      ...args,
    ],
    cwd,
    env: { INIT_CWD: cwd },
  });
  return (await child.spawn().status).code;
}

/** Prints what the user would type, and runs it. */
async function show(args: readonly string[], cwd: string): Promise<number> {
  console.log(`$ porthole ${args.join(" ")}`);
  return await runInSandbox({ flags: [], program: "main.ts", args }, cwd);
}

if (import.meta.main) {
  // Ctrl-C is for the program that has the terminal, not for us.
  Deno.addSignalListener("SIGINT", () => {});
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
      if (status !== 0) return status;
      console.log("\nThrough a rack, on a laptop without AWS credentials:");
      const throughRack = await runInSandbox({
        flags: ["--rack"],
        program: "scripts/show_rack.ts",
        args: [],
      }, folder);
      if (throughRack !== 0) return throughRack;
      console.log(
        "\nFor a shell in a container: ./scripts/dev demo --interactive",
      );
      return 0;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
