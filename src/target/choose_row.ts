import { cutText } from "../output/render_table.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue, toLine } from "../quote_value.ts";
import type { Chooser } from "./chooser.ts";
import { interpretAnswer } from "./interpret_answer.ts";
import { renderRows, type Row } from "./row.ts";

/** A list to choose from. */
export interface Choices<T> {
  readonly noun: "cluster" | "service" | "task" | "container";
  /** At least one. */
  readonly rows: readonly Row<T>[];
}

const OTHER_LINES = 3;

/** What was chosen; or the list was left, with an empty answer, for the one before it. */
export type Choice<T> =
  | { readonly kind: "item"; readonly item: T }
  | { readonly kind: "back" };

/**
 * Lets the user, or the filter command, choose a row.
 *
 * @throws {PortholeError} cancelled, and what a filter command fails with.
 */
export async function chooseRow<T>(
  choices: Choices<T>,
  chooser: Chooser,
  { canGoBack, note }: {
    readonly canGoBack: boolean;
    /** Said below the list, where it is read: why it is asked once more. */
    readonly note?: string | undefined;
  },
): Promise<Choice<T>> {
  const { noun, rows: all } = choices;
  if (all.length === 0) throw new RangeError("there is nothing to choose");
  const say = (text: string) => chooser.print(`${toLine(text)}\n`);
  if (chooser.filter !== undefined) {
    if (note !== undefined) say(note);
    return { kind: "item", item: await filterRows(choices, chooser.filter) };
  }
  const size = chooser.terminalSize();
  const show = (rows: readonly Row<T>[]) => {
    // Beside the rows the screen has a heading, a line about the rest, and the question.
    const room = Math.max(1, (size?.rows ?? Infinity) - OTHER_LINES);
    const shown = rows.length > room + 1 ? rows.slice(0, room) : rows;
    chooser.print(renderRows(shown, { ...chooser, columns: size?.columns }));
    const hidden = rows.length - shown.length;
    if (hidden > 0) {
      chooser.print(
        cutText(
          `… ${hidden} more (text narrows the list, as in fzf)`,
          size?.columns ?? Infinity,
        ) + "\n",
      );
    }
  };
  let rows = all;
  chooser.announce(`Select ${noun}:`);
  show(rows);
  if (note !== undefined) say(note);
  for (;;) {
    const answer = await interpretAnswer(
      await chooser.ask(`Select ${noun} number (1-${rows.length}): `),
      rows,
    );
    switch (answer.kind) {
      case "row":
        return { kind: "item", item: answer.row.item };
      case "narrow":
        rows = answer.rows;
        show(rows);
        break;
      case "empty":
        if (rows === all && canGoBack) return { kind: "back" };
        if (rows !== all) show(all);
        rows = all;
        break;
      case "again":
        say(answer.because);
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
