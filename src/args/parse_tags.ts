import { quoteValue } from "../quote_value.ts";
import type { TagEntry } from "./invocation.ts";
import { usageError } from "./usage_error.ts";

/** AWS's own limits: "Tagging your Amazon ECS resources". */
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const MOST_TAGS = 50;

/** Reads the values of `--tags`: `K=V,K=V`, where V may be empty. */
export function parseTags(values: readonly string[]): readonly TagEntry[] {
  const tags = values.flatMap((value) => value.split(",")).map(parseTag);
  const keys = tags.map(({ key }) => key);
  const twice = keys.find((key, at) => keys.indexOf(key) < at);
  if (twice !== undefined) {
    throw usageError(
      `Cannot use --tags: ${quoteValue(twice)} is given twice`,
    );
  }
  if (tags.length > MOST_TAGS) {
    throw usageError(
      `Cannot use --tags: there are ${tags.length}, and AWS accepts ${MOST_TAGS}`,
    );
  }
  return tags;
}

function parseTag(text: string): TagEntry {
  const end = text.indexOf("=");
  const key = end < 0 ? text : text.slice(0, end);
  const value = end < 0 ? "" : text.slice(end + 1);
  const fault = end < 0
    ? "it has no value"
    : key.trim() === ""
    ? "it has no key"
    : /^aws:/i.test(key)
    ? "keys that start with aws: are reserved for AWS"
    : key.length > LONGEST_KEY
    ? `its key is longer than ${LONGEST_KEY} characters`
    : value.length > LONGEST_VALUE
    ? `its value is longer than ${LONGEST_VALUE} characters`
    : /[^\p{L}\p{N}\p{Z}+\-=._:/@]/u.test(text)
    ? "AWS accepts only letters, digits, spaces and + - = . _ : / @"
    : undefined;
  if (fault === undefined) return { key, value };
  throw usageError(
    `Cannot use ${quoteValue(text)} in --tags: ${fault}`,
    "Write it as --tags KEY=VALUE,KEY=VALUE",
  );
}
