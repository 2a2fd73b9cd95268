import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { ForwardInvocation } from "./invocation.ts";
import { looksLikePort, parsePort, type PortWord } from "./parse_port.ts";
import {
  type FlagSources,
  readChoice,
  readSwitch,
  readText,
  readTriState,
} from "./read_flags.ts";
import { agreeOnTask, readMentions } from "./read_mentions.ts";
import { readShared } from "./read_shared.ts";
import { MOST_PORTS, type Words } from "./read_words.ts";
import { usageError } from "./usage_error.ts";

const FORM = "porthole forward SERVICE 8080:80";
const ADDRESS = "127.0.0.1";

/** Makes sense of `porthole forward …`. */
export function parseForward(
  words: Words,
  sources: FlagSources,
): ForwardInvocation {
  const [target, ...texts] = readOperands(words.operands);
  const over = texts[MOST_PORTS] ?? words.surplus[0];
  if (over !== undefined) {
    throw usageError(
      `Cannot forward ${
        quoteValue(over)
      }: at most ${MOST_PORTS} ports can be forwarded at once`,
    );
  }
  const [first, ...others] = readPorts(texts);
  const mentions = readMentions(target, sources);
  const task = agreeOnTask(mentions);
  const follow = readSwitch(sources, "follow");
  if (follow && task !== undefined) {
    throw usageError(
      'Cannot use "--follow" with one task: it goes on with another task of the service',
      "Name the service alone",
    );
  }
  const output = readChoice(sources, "output")?.value ?? "text";
  if (output === "json" && words.command !== undefined) {
    throw usageError(
      'Cannot use "--output json" with a command: stdout is the command\'s',
      "The command finds the ports in PORTHOLE_PORT, PORTHOLE_PORT_1, PORTHOLE_PORT_2, …",
    );
  }
  return present({
    kind: "forward",
    shared: readShared(sources, mentions),
    task,
    container: readText(sources, "container")?.value,
    pick: readChoice(sources, "pick"),
    via: readChoice(sources, "via"),
    ports: [first, ...others],
    address: readText(sources, "address")?.value ?? ADDRESS,
    follow,
    keepAlive: readTriState(sources, "keep-alive") ?? true,
    output,
    command: readCommand(words),
  });
}

/** A first word that is a port leaves TARGET to flags, the configuration and the picker, as in `exec`. */
function readOperands(
  [, ...operands]: readonly string[],
): readonly [target: string | undefined, ...ports: readonly string[]] {
  const [first, ...others] = operands;
  return first === undefined || looksLikePort(first)
    ? [undefined, ...operands]
    : [first, ...others];
}

function readPorts(
  texts: readonly string[],
): readonly [PortWord, ...PortWord[]] {
  const [first, ...others] = texts.map(parsePort);
  if (first === undefined) {
    throw usageError("Cannot forward a port: none was named", FORM);
  }
  const ports = [first, ...others] as const;
  const locals = ports.map(({ local }) => local).filter((local) => local > 0);
  const twice = locals.find((local, at) => locals.indexOf(local) !== at);
  if (twice === undefined) return ports;
  throw usageError(
    `Cannot forward two ports from local port ${twice}`,
    "LOCAL:PORT names another local port; 0:PORT uses any that is free",
  );
}

function readCommand(
  { command }: Words,
): readonly [string, ...string[]] | undefined {
  if (command === undefined) return undefined;
  const [program, ...args] = command;
  if (program !== undefined && program !== "") return [program, ...args];
  throw usageError(
    program === undefined
      ? 'Cannot run a command: nothing follows "--"'
      : 'Cannot run a command: the program name after "--" is empty',
  );
}
