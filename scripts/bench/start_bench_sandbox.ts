import { portholePath } from "./measure_start.ts";
import { projectRoot } from "../project.ts";

/** A sandbox in a process of its own, so that it takes no time of what is measured in it. */
export interface BenchSandbox extends AsyncDisposable {
  /** The whole environment for porthole. */
  readonly env: Readonly<Record<string, string>>;
  /** Removed with the sandbox; it has an `ecspresso.yml` of the service `worker`. */
  readonly folder: string;
  /** The id of a service's first task. */
  findTask(service: string): Promise<string>;
}

/** Starts a sandbox with these options of its command line. */
export async function startBenchSandbox(
  options: readonly string[],
): Promise<BenchSandbox> {
  const sandbox = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "--no-check", "-A"],
      `${projectRoot}tests/sandbox/main.ts`,
      // A plugin that does not sign is one to measure, too.
      "--unsigned-upgrades",
      ...options,
      // Lasts until we end its input, or are gone.
      ...["--", "sh", "-c", "env; echo; read -r _"],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const env = {
    ...await readEnvironment(sandbox.stdout),
    HOME: "/nonexistent",
    PATH: "/usr/local/bin:/usr/bin:/bin",
  };
  const folder = await Deno.makeTempDir({ prefix: "porthole-bench-" });
  await Deno.writeTextFile(
    `${folder}/ecspresso.yml`,
    "region: us-east-1\ncluster: default\nservice: worker\n",
  );
  return {
    env,
    folder,
    async findTask(service) {
      const plan = await new Deno.Command(portholePath, {
        args: ["tasks", service, "-o", "tsv"],
        cwd: "/",
        clearEnv: true,
        env,
        stderr: "inherit",
      }).output();
      const text = new TextDecoder().decode(plan.stdout);
      return text.split("\n")[1]?.split("\t")[0] ?? "";
    },
    async [Symbol.asyncDispose]() {
      await sandbox.stdin.close();
      await sandbox.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Reads what the sandbox adds to the environment, up to an empty line. */
async function readEnvironment(
  stream: ReadableStream<Uint8Array>,
): Promise<Record<string, string>> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.endsWith("\n\n")) break;
  }
  return Object.fromEntries(
    [...text.matchAll(/^((?:AWS|PORTHOLE)_\w+)=(.*)$/gm)]
      .map(([, name = "", value = ""]) => [name, value]),
  );
}
