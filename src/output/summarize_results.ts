import { measureIds } from "./measure_ids.ts";
import type { TaskResult } from "./format_results.ts";

/** So many ids stand in a line. */
const IDS_IN_LINE = 50;

/** Says in how many tasks a command went well, and in which ones not and why. */
export function summarizeResults(
  results: readonly TaskResult[],
): readonly string[] {
  const idLength = measureIds(
    results.map(({ task }) => ({ id: task ?? "" })),
  );
  const groups = new Map<string, string[]>();
  for (const result of results) {
    const reason = tellReason(result);
    if (reason === undefined) continue;
    const ids = groups.get(reason) ?? [];
    ids.push((result.task ?? "").slice(0, idLength));
    groups.set(reason, ids);
  }
  const failed = [...groups.values()].reduce((sum, ids) => sum + ids.length, 0);
  const count = results.length;
  return [
    `${count} ${count === 1 ? "task" : "tasks"}: ${count - failed} ok${
      failed === 0 ? "" : `, ${failed} failed`
    }`,
    ...[...groups].flatMap(([reason, ids]) =>
      chunk(ids).map((some) => `${some.join(", ")}: ${reason}`)
    ),
  ];
}

/** Why a command did not go well; undefined where it did. */
function tellReason({ status, error }: TaskResult): string | undefined {
  if (error !== undefined) return error.message;
  return (status ?? 0) === 0 ? undefined : `exit status ${status}`;
}

function chunk(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(ids.length / IDS_IN_LINE);
  return Array.from(
    { length: count },
    (_, at) => ids.slice(at * IDS_IN_LINE, (at + 1) * IDS_IN_LINE),
  );
}
