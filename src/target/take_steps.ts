import type { PortholeError } from "../errors.ts";
import { type Choices, chooseRow } from "./choose_row.ts";
import type { Chooser } from "./chooser.ts";

/** What there is to go on with. */
export type Offer<T> =
  | { readonly kind: "one"; readonly item: T }
  | { readonly kind: "choices"; readonly choices: Choices<T> }
  | { readonly kind: "none"; readonly error: PortholeError };

/** A step further: what a draft may become next, or what the draft is enough for. */
export type Step<T, R> = Offer<T> | {
  readonly kind: "done";
  readonly result: R;
};

/** The offer of these: an only one is taken without asking. */
export function offerChoices<T>(choices: Choices<T>): Offer<T> {
  const [only, ...others] = choices.rows;
  return only !== undefined && others.length === 0
    ? { kind: "one", item: only.item }
    : { kind: "choices", choices };
}

/** The same offer, with what is made of each item in its place. */
export function mapOffer<T, U>(
  offer: Offer<T>,
  make: (item: T) => U,
): Offer<U> {
  switch (offer.kind) {
    case "none":
      return offer;
    case "one":
      return { kind: "one", item: make(offer.item) };
    case "choices": {
      const { noun, rows } = offer.choices;
      const made = rows.map((row) => ({ ...row, item: make(row.item) }));
      return { kind: "choices", choices: { noun, rows: made } };
    }
  }
}

/**
 * Completes a draft step by step. An empty answer goes back to the question before it; so does a
 * step that finds nothing, after it has said why.
 *
 * @throws {PortholeError} what a step throws, or finds nothing for before anything was asked;
 * cancelled, and what a filter command fails with.
 */
export async function takeSteps<T, R>(
  start: T,
  take: (draft: T) => Promise<Step<T, R>>,
  chooser: Chooser,
): Promise<R> {
  /** The questions that can be asked once more, the last one last. */
  const asked: Choices<T>[] = [];
  let draft = start;
  for (;;) {
    const step = await take(draft);
    switch (step.kind) {
      case "done":
        return step.result;
      case "one":
        draft = step.item;
        break;
      case "choices":
        asked.push(step.choices);
        draft = await askLast(asked, chooser);
        break;
      case "none":
        if (asked.length === 0) throw step.error;
        draft = await askLast(asked, chooser, step.error.message);
        break;
    }
  }
}

/** Asks the last of the questions; an empty answer takes it away and asks the one before. */
async function askLast<T>(
  asked: Choices<T>[],
  chooser: Chooser,
  note?: string,
): Promise<T> {
  for (;;) {
    const choices = asked.at(-1);
    if (choices === undefined) throw new RangeError("nothing was asked before");
    const answer = await chooseRow(choices, chooser, {
      canGoBack: asked.length > 1,
      note,
    });
    note = undefined;
    // An empty answer to a filter does not go back, but leaves it altogether.
    if (answer.kind === "back" || chooser.filter !== undefined) asked.pop();
    if (answer.kind === "item") return answer.item;
  }
}
