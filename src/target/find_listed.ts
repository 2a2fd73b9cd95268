import type { Directory, TaskSummary } from "../access/access.ts";
import type { TaskSelector } from "../args/invocation.ts";
import { PortholeError } from "../errors.ts";
import { listNames } from "./list_names.ts";

/** What names a task only among others. */
export type ListedSelector = Exclude<TaskSelector, { readonly kind: "id" }>;

/** The tasks of a list that are named, in its order. */
export async function selectListed<T extends TaskSummary>(
  access: Pick<Directory<T>, "selectByIp">,
  tasks: readonly T[],
  selector: ListedSelector,
): Promise<readonly T[]> {
  if (selector.kind === "ip") {
    return await access.selectByIp(tasks, selector.ip);
  }
  const prefix = selector.prefix.toLowerCase();
  return tasks.filter(({ id }) => id.toLowerCase().startsWith(prefix));
}

/**
 * Finds the only task of a list that is named; undefined where there is none.
 *
 * @param place as errors name it.
 * @throws {PortholeError} task_ambiguous, and what `access` throws.
 */
export async function findListed<T extends TaskSummary>(
  access: Pick<Directory<T>, "selectByIp">,
  tasks: readonly T[],
  selector: ListedSelector,
  place: string,
): Promise<T | undefined> {
  const found = await selectListed(access, tasks, selector);
  if (found.length <= 1) return found[0];
  const ids = listNames(found.map(({ id }) => id));
  throw selector.kind === "ip"
    ? new PortholeError(
      "task_ambiguous",
      `Cannot choose a task: ${found.length} tasks have the address ${selector.ip} in ${place}`,
      { hint: `give the id of one: ${ids}` },
    )
    : new PortholeError(
      "task_ambiguous",
      `Cannot choose a task: ${found.length} ids start with "${selector.prefix}" in ${place}`,
      { hint: `give more of the id: ${ids}` },
    );
}

/** A task as the hint of an error names it, when none was found by what it is named by. */
export function nameListed(
  { id, privateIp }: TaskSummary,
  { kind }: ListedSelector,
): string {
  return kind === "ip" && privateIp !== undefined ? `${id} (${privateIp})` : id;
}

/** The error of a selector that names no task of a place. */
export function refuseUnlisted(
  selector: ListedSelector,
  place: string,
  hint: string,
): PortholeError {
  return new PortholeError(
    "task_not_found",
    selector.kind === "ip"
      ? `Cannot find a task with the address ${selector.ip} in ${place}`
      : `Cannot find a task whose id starts with "${selector.prefix}" in ${place}`,
    { hint },
  );
}
