import type { Task } from "../access/access.ts";
import type { TaskFilter } from "../args/invocation.ts";

/**
 * Whether a task is like that; without its tags none is like a tag. Whose an address is only AWS can tell:
 * `Directory.selectByIp`.
 */
export function matchesFilter(
  task: Task,
  filter: Exclude<TaskFilter, { readonly kind: "ip" }>,
  tags: ReadonlyMap<string, string> = new Map(),
): boolean {
  switch (filter.kind) {
    case "unhealthy":
      return task.health === "UNHEALTHY" ||
        task.containers.some(({ health }) => health === "UNHEALTHY");
    case "tag":
      return tags.get(filter.key) === filter.value;
  }
}
