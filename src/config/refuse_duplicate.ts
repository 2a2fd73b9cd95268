import { quoteValue } from "../quote_value.ts";
import { configError, type ConfigFile } from "./config_error.ts";
import type { Entry } from "./parse_document.ts";

/**
 * Refuses a key that is read and stands twice: which of them counts would be a guess.
 *
 * @throws {PortholeError} config_invalid
 */
export function refuseDuplicate(
  file: ConfigFile,
  { again }: Entry,
  key: string,
): void {
  if (again === undefined) return;
  throw configError(
    file,
    again,
    `duplicate key ${quoteValue(key)}`,
    "Keep one of them",
  );
}
