import type { Container, Task } from "../../access/access.ts";
import type { PortWord } from "../../args/parse_port.ts";
import { usageError } from "../../args/usage_error.ts";
import { joinWords } from "../../join_words.ts";

/**
 * Chooses a container for each port: the target's for the first, and another one for each that follows. An
 * agent is sure to take one session only (two at most, and a third one blocks it for good).
 *
 * @param isShared whether the containers of the task share one network, so that each reaches the same ports.
 * @throws {PortholeError} usage where the task has too few.
 */
export function shareContainers(
  ports: readonly PortWord[],
  { task, container }: { readonly task: Task; readonly container: Container },
  isShared: boolean,
): readonly Container[] {
  // Without a shared network only the target itself has the ports that are meant.
  const bound = isShared
    ? undefined
    : ports.filter(({ host }) => host === undefined);
  if (bound !== undefined && bound.length > 1) {
    throw usageError(
      `Cannot forward ports ${
        joinWords(bound.map(({ port }) => `${port}`))
      } of container "${container.name}" at once: each needs a session of its own, and a container takes one`,
      TWICE,
    );
  }
  const others = task.containers.filter(({ name, status, agent }) =>
    name !== container.name && status === "RUNNING" &&
    agent?.status === "RUNNING"
  );
  if (others.length + 1 < ports.length) {
    throw usageError(
      `Cannot forward ${ports.length} ports through task ${task.id}: each needs a container of its own with a running ECS Exec agent, and it has ${
        others.length + 1
      }`,
      TWICE,
    );
  }
  const own = bound?.[0] ?? ports[0];
  return ports.map((port) => port === own ? container : others.shift()!);
}

const TWICE = "porthole forward can be started once more for another port";
