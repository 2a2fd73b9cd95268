import type { PortholeError } from "../errors.ts";
import type { Chooser } from "./chooser.ts";
import { toLine } from "../quote_value.ts";

/** Fails; or, where something before was asked, says why it does not go on and goes back there. */
export function goBack(
  error: PortholeError,
  { print }: Pick<Chooser, "print">,
  canGoBack: boolean,
): undefined {
  if (!canGoBack) throw error;
  print(`${toLine(error.message)}\n`);
}
