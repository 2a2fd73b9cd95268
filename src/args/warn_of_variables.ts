import { closestName } from "../closest_name.ts";
import { quoteValue } from "../quote_value.ts";
import { type Flag, FLAGS, variablesOf } from "./flags.ts";

const PREFIX = "PORTHOLE_";
const flags: readonly Flag[] = FLAGS;

/**
 * A line for each variable whose name is nearly one of porthole's: it sets nothing. One that is near to
 * none is somebody else's, as that of a script around porthole.
 */
export function warnOfVariables(names: readonly string[]): readonly string[] {
  const known = flags.flatMap(variablesOf)
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length));
  return names
    .filter((name) => name.toUpperCase().startsWith(PREFIX))
    .filter((name) => !known.includes(name.slice(PREFIX.length)))
    .toSorted()
    .flatMap((name) => {
      const rest = name.slice(PREFIX.length);
      // With a dash or in small letters it is no typing error of another: it is that name.
      const near = closestName(rest.replaceAll("_", "-"), known.map(toFlag));
      return near === undefined ? [] : [
        `Unknown variable ${quoteValue(name)}: did you mean "${PREFIX}${
          near.replaceAll("-", "_")
        }"?`,
      ];
    });
}

/** `closestName` knows of dashes, and not of underscores. */
function toFlag(variable: string): string {
  return variable.replaceAll("_", "-");
}
