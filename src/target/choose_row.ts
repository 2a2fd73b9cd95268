import { PortholeError } from "../errors.ts";
import { quoteValue, toLine } from "../quote_value.ts";
import type { Chooser } from "./chooser.ts";
import { interpretAnswer } from "./interpret_answer.ts";
import { renderRows, type Row } from "./row.ts";

/** What follows a choice; undefined when it was left by an empty answer, to choose again. */
export type Next<T, R> = (
  choice: T,
  /** Something before it was asked. */
  canGoBack: boolean,
) => Promise<R | undefined>;

/** A list to choose from. */
export interface Choices<T> {
  readonly noun: "cluster" | "service" | "task" | "container";
  /** At least one. */
  readonly rows: readonly Row<T>[];
  readonly canGoBack: boolean;
}

/**
 * Chooses a row, the only one without asking, and goes on with it; whoever comes back from what
 * follows chooses again. Undefined when this list was left for the one before it.
 *
 * @throws {PortholeError} cancelled, what a filter command fails with, and what `next` throws.
 */
export async function chooseRow<T, R>(
  choices: Choices<T>,
  chooser: Chooser,
  next: Next<T, R>,
): Promise<R | undefined> {
  const { rows: [only, ...others], canGoBack } = choices;
  if (only === undefined) throw new RangeError("there is nothing to choose");
  if (others.length === 0) return await next(only.item, canGoBack);
  if (chooser.filter !== undefined) {
    // An empty answer leaves a filter altogether.
    return await next(await filterRows(choices, chooser.filter), false);
  }
  for (;;) {
    const row = await askForRow(choices, chooser);
    const result = row && await next(row.item, true);
    if (row === undefined || result !== undefined) return result;
  }
}

async function askForRow<T>(
  { noun, rows: all, canGoBack }: Choices<T>,
  chooser: Chooser,
): Promise<Row<T> | undefined> {
  const size = chooser.terminalSize();
  const show = (rows: readonly Row<T>[]) => {
    chooser.print(renderRows(rows, { ...chooser, columns: size?.columns }));
    // The list has run off the screen, or will with the question.
    if (rows.length > (size?.rows ?? Infinity) - 2) {
      chooser.print("(text narrows the list, as in fzf)\n");
    }
  };
  let rows = all;
  chooser.announce(`Select ${noun}:`);
  show(rows);
  for (;;) {
    const answer = await interpretAnswer(
      await chooser.ask(`Select ${noun} number (1-${rows.length}): `),
      rows,
    );
    switch (answer.kind) {
      case "row":
        return answer.row;
      case "narrow":
        rows = answer.rows;
        show(rows);
        break;
      case "empty":
        if (rows === all && canGoBack) return undefined;
        if (rows !== all) show(all);
        rows = all;
        break;
      case "again":
        break;
    }
  }
}

async function filterRows<T>(
  { noun, rows }: Choices<T>,
  filter: NonNullable<Chooser["filter"]>,
): Promise<T> {
  const choice = await filter(
    rows.map(({ name, status, details }) =>
      [name, ...(status === undefined ? [] : [status]), ...details]
        .map(toLine).join("\t")
    ),
  );
  const row = rows.find(({ name }) => toLine(name) === choice);
  if (row !== undefined) return row.item;
  throw new PortholeError(
    "no_choice",
    `Cannot choose a ${noun}: the filter command answered ${
      quoteValue(choice)
    }, which is not one of the candidates`,
    {
      hint:
        "the first field of its answer must be the first field of a candidate",
    },
  );
}
