import { closestName } from "../closest_name.ts";
import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { FlagName } from "./flags.ts";
import type { RackAction, RackInvocation } from "./invocation.ts";
import { readServe } from "./parse_rack_serve.ts";
import { readUser } from "./parse_rack_user.ts";
import {
  type FlagSources,
  readAll,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { readShared } from "./read_shared.ts";
import type { Words } from "./read_words.ts";
import { refuseRest } from "./refuse_rest.ts";
import { usageError } from "./usage_error.ts";

/** What can be done with racks. */
export const RACK_WORDS = [
  "login",
  "list",
  "use",
  "logout",
  "show",
  "params",
  "update",
  "serve",
  "user",
] as const;

type RackWord = typeof RACK_WORDS[number];

const FORMS: Readonly<Record<RackWord, string>> = {
  login: "porthole rack login HOST",
  list: "porthole rack list",
  use: "porthole rack use NAME",
  logout: "porthole rack logout [NAME]",
  show: "porthole rack show [NAME]",
  params: "porthole rack params [set KEY=VALUE...]",
  update: "porthole rack update VERSION",
  serve: "porthole rack serve --clusters NAME --users PLACE",
  user: "porthole rack user add|list|remove",
};

/** The flags that only some of them take. */
const FLAGS_OF: Readonly<Partial<Record<RackWord, readonly FlagName[]>>> = {
  login: ["name", "ca", "pin", "allow-stream-host", "token-stdin"],
  params: ["wait", "rack"],
  update: ["wait", "rack"],
  show: ["rack"],
  logout: ["rack"],
  serve: [
    "name",
    "clusters",
    "gen1",
    "listen",
    "tls-cert",
    "tls-key",
    "behind-balancer",
    "behind-proxy",
    "users",
    "ticket-key",
    "session-role",
    "handoff",
    "allow-run",
    "allow-params",
    "allow-update",
    "max-session",
    "drain",
    "param",
    "max-sessions-per-user",
    "max-sessions",
    "max-lookups",
  ],
  user: ["users", "allow", "admin", "expires"],
};

/** Makes sense of `porthole rack …`. */
export function parseRack(words: Words, sources: FlagSources): RackInvocation {
  const [, typed, ...rest] = words.operands;
  const word = RACK_WORDS.find((one) => one === typed);
  if (word === undefined) throw refuseWord(typed);
  refuseRest(words, words.surplus[0]);
  refuseFlags(word, sources);
  return {
    kind: "rack",
    shared: readShared(sources),
    action: readAction(word, rest, sources),
  };
}

function readAction(
  word: RackWord,
  rest: readonly string[],
  sources: FlagSources,
): RackAction {
  const [first, ...more] = rest;
  switch (word) {
    case "login":
      return readLogin(requireOperand(word, first, "HOST"), sources);
    case "list":
      if (first !== undefined) throw refuseOperand(word, first);
      return { kind: word };
    case "use":
      return { kind: word, name: requireOperand(word, first, "NAME") };
    case "logout":
    case "show":
      return present({ kind: word, name: first });
    case "update":
      return {
        kind: word,
        version: requireOperand(word, first, "VERSION"),
        wait: readSwitch(sources, "wait"),
      };
    case "params": {
      if (first !== undefined && first !== "set") {
        throw refuseOperand(word, first);
      }
      if (first === "set" && more.length === 0) {
        requireOperand(word, undefined, "KEY=VALUE");
      }
      return present({
        kind: word,
        set: first === undefined ? undefined : more,
        wait: readSwitch(sources, "wait"),
      });
    }
    case "serve":
      if (first !== undefined) throw refuseOperand(word, first);
      return readServe(sources);
    case "user":
      return readUser(rest, sources);
  }
}

function readLogin(host: string, sources: FlagSources): RackAction {
  const ca = readText(sources, "ca")?.value;
  const pin = readPin(sources);
  if (ca !== undefined && pin !== undefined) {
    throw usageError(
      'Cannot use "--ca" with "--pin": a pinned certificate needs no CA',
    );
  }
  return present({
    kind: "login",
    host,
    name: readText(sources, "name")?.value,
    ca,
    pin,
    streamHosts: readAll(sources, "allow-stream-host"),
    tokenStdin: readSwitch(sources, "token-stdin"),
  });
}

/** As openssl writes it, with colons, or without. */
function readPin(sources: FlagSources): string | undefined {
  const typed = readText(sources, "pin")?.value;
  if (typed === undefined) return undefined;
  const digits = typed.replace(/^sha-?256[:= ]/i, "").replaceAll(":", "")
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw usageError(
    `Cannot use ${quoteValue(typed)} as --pin: it is not a SHA-256 fingerprint`,
    "It has 64 hexadecimal digits: openssl x509 -in FILE -noout -fingerprint -sha256",
  );
}

function refuseFlags(word: RackWord, { given }: FlagSources): void {
  const some = new Set(Object.values(FLAGS_OF).flat());
  const flag = [...some].find((name) =>
    given.has(name) && !FLAGS_OF[word]?.includes(name)
  );
  if (flag === undefined) return;
  throw usageError(`Cannot use "--${flag}" with "rack ${word}"`);
}

function requireOperand(
  word: RackWord,
  operand: string | undefined,
  what: string,
): string {
  if (operand !== undefined) return operand;
  throw usageError(
    `Cannot run "rack ${word}": ${what} is missing`,
    `Write it as ${FORMS[word]}`,
  );
}

function refuseOperand(word: RackWord, operand: string) {
  return usageError(
    `Cannot understand ${quoteValue(operand)} after "rack ${word}"`,
    `Write it as ${FORMS[word]}`,
  );
}

function refuseWord(word: string | undefined) {
  if (word === undefined) {
    return usageError('Cannot run "rack": a subcommand is missing', [
      ...Object.values(FORMS),
    ]);
  }
  const near = closestName(word, RACK_WORDS);
  return usageError(
    `Cannot understand ${quoteValue(word)}: "rack" has no such subcommand`,
    near === undefined
      ? `The subcommands are ${RACK_WORDS.join(", ")}`
      : `Did you mean "porthole rack ${near}"?`,
  );
}
