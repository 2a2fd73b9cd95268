import { quotePath } from "../quote_value.ts";
import type { Copy, CopyInvocation } from "./invocation.ts";
import { agreeOnTask, readMentions } from "./read_mentions.ts";
import { parseSession } from "./parse_session.ts";
import { type FlagSources, readChoice, readSwitch } from "./read_flags.ts";
import type { Words } from "./read_words.ts";
import { usageError } from "./usage_error.ts";
import { present } from "../present.ts";

/** What a word of a copy names. */
export type Place =
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "stream" }
  | {
    readonly kind: "remote";
    /** Empty: the service that the configuration names. */
    readonly target: string;
    readonly path: string;
  };

const FORMS = [
  "porthole cp TARGET:PATH... DST copies out of a container, porthole cp SRC... TARGET:PATH into it",
  'TARGET is a service, cluster/service or a task; ":PATH" is in the configured service; "./a:b" is a file here',
];

/** Makes sense of `porthole cp …`; what follows "--" are places too. */
export function parseCopy(
  { command = [], ...words }: Words,
  sources: FlagSources,
): CopyInvocation {
  const typed = [...words.operands.slice(1), ...command];
  const places = typed.map((word) =>
    readPlace(word, Deno.build.os === "windows")
  );
  const { copy, target } = planCopy(places);
  if (copy.kind === "down" && copy.destination === "-") {
    refuseStdoutTwice(sources);
  }
  const mentions = readMentions(target === "" ? undefined : target, sources);
  return present({
    ...parseSession(words, sources, mentions),
    kind: "cp",
    task: agreeOnTask(mentions),
    pick: readChoice(sources, "pick"),
    env: [],
    command: { kind: "argv", argv: ["cp", ...typed] },
    // Without them a byte could be missing unnoticed.
    lossless: true,
    binary: true,
    interactive: false,
    copy,
    preserve: readSwitch(sources, "preserve"),
  });
}

/** Tells a path here from one in a container: by the first ":", unless the word begins as paths do. */
export function readPlace(word: string, isWindows: boolean): Place {
  if (word === "-") return { kind: "stream" };
  if (
    /^[./]/.test(word) || (isWindows && /^([A-Za-z]:|\\)/.test(word))
  ) return { kind: "local", path: word };
  // The parts of an ARN stand between colons too.
  const [, target, path] = /^(arn(?::[^:]*){5}|[^:]*):(.*)$/s.exec(word) ?? [];
  if (target === undefined || path === undefined) {
    if (word === "") throw usageError("Cannot copy: a path is empty", FORMS);
    return { kind: "local", path: word };
  }
  if (path === "") {
    throw usageError(
      `Cannot copy ${quotePath(word)}: no path follows the ":"`,
      `${word}. is the directory in which the container's commands start`,
    );
  }
  if (path.includes("\0") || path.includes("\n")) {
    throw usageError(
      `Cannot copy ${quotePath(word)}: its path has a line break`,
      "Copy the directory that it is in",
    );
  }
  return { kind: "remote", target, path };
}

/** Decides the direction, and refuses what has none. */
function planCopy(
  places: readonly Place[],
): { readonly copy: Copy; readonly target: string } {
  const from = places.slice(0, -1);
  const to = places.at(-1);
  if (to === undefined || from.length === 0) {
    throw usageError(
      `Cannot copy: ${
        to === undefined ? "nothing was named" : "the destination is missing"
      }`,
      FORMS,
    );
  }
  const remotes = from.filter((place) => place.kind === "remote");
  if (to.kind === "remote") {
    if (remotes.length > 0) {
      throw usageError(
        "Cannot copy from a container to a container: one side must be here",
        "Through a pipe: porthole cp A:FILE - | porthole cp - B:FILE",
      );
    }
    refuseManyWithStream(from);
    return {
      copy: {
        kind: "up",
        sources: from.map((place) => place.kind === "local" ? place.path : "-"),
        destination: to.path,
      },
      target: to.target,
    };
  }
  const [first] = remotes;
  if (first === undefined || remotes.length < from.length) {
    throw usageError(
      first === undefined
        ? "Cannot copy: neither side is in a container"
        : "Cannot copy: some sources are in a container, and some are here",
      FORMS,
    );
  }
  const other = remotes.find(({ target }) => target !== first.target);
  if (other !== undefined) {
    throw usageError(
      `Cannot copy from ${quotePath(first.target)} and ${
        quotePath(other.target)
      }: all sources must be in one container`,
    );
  }
  if (to.kind === "stream" && remotes.length > 1) {
    throw usageError(
      'Cannot copy several files to "-": it gets the bytes of one',
    );
  }
  return {
    copy: {
      kind: "down",
      sources: remotes.map(({ path }) => path),
      destination: to.kind === "stream" ? "-" : to.path,
    },
    target: first.target,
  };
}

function refuseManyWithStream(from: readonly Place[]): void {
  if (from.length === 1 || from.every(({ kind }) => kind !== "stream")) return;
  throw usageError('Cannot copy "-" together with files: it is one file');
}

function refuseStdoutTwice(sources: FlagSources): void {
  if (readChoice(sources, "output")?.value !== "json") return;
  throw usageError(
    'Cannot use "--output json" with "-": both are written to standard output',
    "--result FILE writes the object to a file",
  );
}
