import type { OpenContainer } from "./containers.ts";
import { findExecutable } from "./find_executable.ts";

/** The process that a container is. */
export type ContainerProcess = {
  /** Settles once it has ended, and all that it had started in its session with it. */
  readonly exit: Promise<{ readonly code: number }>;
  /** TERM, as a runtime sends it; KILL where it does not heed that in time. */
  stop(timeoutMs: number): void;
  kill(): void;
};

/** A container that could not be started, in the container runtime's words. */
export class CannotStartContainer extends Error {
  override name = "CannotStartContainer";
}

/** Starts a container's own process, without a terminal, in a session of its own. */
export function startContainer(
  words: readonly string[],
  { image, home, env }: OpenContainer,
  onLine: (line: string) => void,
): ContainerProcess {
  const [word = "", ...args] = words;
  const found = findExecutable(word, image, home);
  if (found.kind === "error") {
    throw new CannotStartContainer(
      "CannotStartContainerError: Error response from daemon: failed to create " +
        "task for container: OCI runtime create failed: unable to start " +
        `container process: ${found.message}: unknown`,
    );
  }
  const child = new Deno.Command(found.file, {
    args,
    cwd: home,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const output = Promise.all([
    readLines(child.stdout, onLine),
    readLines(child.stderr, onLine),
  ]);
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const signal = (name: Deno.Signal, pid: number) => {
    try {
      Deno.kill(pid, name);
    } catch {
      // It has ended already.
    }
  };
  const kill = () => signal("SIGKILL", -child.pid);
  return {
    exit: child.status.then(async ({ code, signal }) => {
      ended = true;
      clearTimeout(timer);
      // Nothing outlives the first process of a container.
      kill();
      await output;
      return { code: signal === "SIGKILL" ? 137 : code };
    }),
    stop(timeoutMs) {
      if (ended || timer !== undefined) return;
      signal("SIGTERM", child.pid);
      timer = setTimeout(kill, timeoutMs);
    },
    kill,
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}
