/**
 * The command that holds a container open, and ends by itself after so many milliseconds.
 *
 * A first process of a container gets only those signals it listens for, so it listens: StopTask's
 * TERM ends it at once, where ECS would wait 30 s before it kills. The sleep has to run beside the
 * shell, because a trap waits for a command before it; and is killed with it, because containers
 * that share their processes (pidMode) would keep it.
 */
export function holdCommand(maxDurationMs: number): readonly string[] {
  const seconds = Math.ceil(maxDurationMs / 1_000);
  return [
    "sh",
    "-c",
    `sleep ${seconds} & p=$!; trap "kill $p; exit 0" TERM INT HUP; wait $p`,
  ];
}
