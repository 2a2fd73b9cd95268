import { projectRoot } from "./project.ts";

/** A sandbox in a process of its own, so that it takes no time of what is measured in it. */
export interface BenchSandbox extends AsyncDisposable {
  /** The whole environment for porthole. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a sandbox with these options of its command line. */
export async function startBenchSandbox(
  options: readonly string[],
): Promise<BenchSandbox> {
  const sandbox = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "--no-check", "-A"],
      `${projectRoot}tests/sandbox/main.ts`,
      ...options,
      // Lasts until we end its input, or are gone.
      ...["--", "sh", "-c", "env; echo; read -r _"],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  return {
    env: {
      ...await readEnvironment(sandbox.stdout),
      HOME: "/nonexistent",
      PATH: "/usr/local/bin:/usr/bin:/bin",
    },
    async [Symbol.asyncDispose]() {
      await sandbox.stdin.close();
      await sandbox.status;
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
