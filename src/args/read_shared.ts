import { present } from "../present.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting, Source } from "../setting.ts";
import type { SharedFlags } from "./invocation.ts";
import type { Named } from "./parse_target.ts";
import {
  type FlagSources,
  readChoice,
  readDuration,
  readList,
  readPairs,
  readState,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { usageError } from "./usage_error.ts";

/** Something typed that names a place: TARGET, or the ARN in `--task-id`. */
export interface Mention {
  /** How an error text calls it. */
  readonly said: string;
  readonly source: Source;
  readonly named: Named;
}

/** Reads the flags of every verb; what TARGET names stands in for its flag. */
export function readShared(
  sources: FlagSources,
  mentions: readonly Mention[] = [],
): SharedFlags {
  return present({
    config: readText(sources, "config"),
    envFiles: readList(sources, "envfile"),
    extStr: readPairs(sources, "ext-str"),
    extCode: readPairs(sources, "ext-code"),
    cluster: readPlace("cluster", sources, mentions),
    service: readPlace("service", sources, mentions),
    region: readPlace("region", sources, mentions),
    profile: readText(sources, "profile"),
    rack: readText(sources, "rack"),
    timeoutMs: readDuration(sources, "timeout"),
    logFormat: readChoice(sources, "log-format")?.value ?? "text",
    color: readChoice(sources, "color")?.value ?? "auto",
    debug: readSwitch(sources, "debug"),
    quiet: readState(sources, "quiet"),
    noInput: readSwitch(sources, "no-input"),
  });
}

/** What is typed must agree with itself; only then come the variables. */
function readPlace(
  key: "cluster" | "service" | "region",
  sources: FlagSources,
  mentions: readonly Mention[],
): Setting<string> | undefined {
  const flag = readText(sources, key);
  const typed = mentions.flatMap(({ said, source, named }) => {
    const value = named[key];
    return value === undefined ? [] : [{ said, source, value }];
  });
  if (flag?.source.kind === "flag") {
    typed.push({ said: `--${key} ${quoteValue(flag.value)}`, ...flag });
  }
  const [first, ...others] = typed;
  if (first === undefined) return flag;
  // A cluster or service may also be given as its ARN.
  const other = others.find(({ value }) =>
    nameOfArn(value) !== nameOfArn(first.value)
  );
  if (other !== undefined) {
    throw usageError(
      `Cannot use ${first.said} with ${other.said}: they name different ${key}s`,
    );
  }
  return { value: first.value, source: first.source };
}
