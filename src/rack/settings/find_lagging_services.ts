import type { Directory } from "../../access/access.ts";
import { serviceOf } from "../../target/target.ts";

/** More are not named. */
const MOST_NAMED = 20;

/** The services, as `cluster/service`, of which a running task was started without execute-command. */
export async function findLaggingServices(
  clusters: readonly string[],
  { listTasks }: Pick<Directory, "listTasks">,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const cluster of clusters) {
    for (const task of await listTasks(cluster, undefined, "RUNNING")) {
      const service = serviceOf(task);
      if (service !== undefined && !task.executeCommandEnabled) {
        found.add(`${cluster}/${service}`);
      }
    }
  }
  return [...found].sort().slice(0, MOST_NAMED);
}
