import type { CompletionModel } from "../../args/completion_model.ts";

/** The verbs of which every word is a place: a file here, or a TARGET with what is in its container. */
export function listPlaceVerbs({ verbs }: CompletionModel): readonly string[] {
  return verbs.filter(({ operand }) => operand.kind === "places")
    .map(({ name }) => name);
}
