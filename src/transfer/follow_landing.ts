import { PortholeError } from "../errors.ts";
import { type ByteSource, createByteSource } from "./byte_source.ts";
import { readHello } from "./read_hello.ts";
import type { Landing } from "./send.ts";
import { splitWords } from "./split_words.ts";
import type { Tally } from "./tally.ts";

const KINDS: Readonly<Record<string, Landing["kind"]>> = {
  d: "directory",
  f: "file",
  o: "other",
  x: "free",
  l: "dangling_link",
  p: "no_parent",
};

/** What a shell puts before its own messages: the script's name, and the line. */
const OWN_PLACE = /^porthole: (?:line )?\d+: /;

/**
 * Follows what the script that receives says, to its end.
 *
 * @param onLanding what is there, as soon as it is known.
 * @returns whether all was written that the container read.
 * @throws {PortholeError} where it does not say that all has arrived.
 */
export async function followLanding(
  pieces: AsyncIterable<Uint8Array>,
  { nonce, path, tally, onLanding }: {
    readonly nonce: string;
    readonly path: string;
    readonly tally: Pick<Tally, "onNotice" | "onSkip">;
    readonly onLanding: (landing: Landing) => void;
  },
): Promise<boolean> {
  const source = createByteSource(pieces);
  try {
    const [kind = "", ...tools] = await readHello(source, nonce);
    onLanding({ kind: KINDS[kind] ?? "no_parent", tools });
    const { status, said } = await readEnd(source, nonce, tally);
    if (status === "0") {
      if (said !== "") tally.onNotice(said);
      return true;
    }
    if (status !== undefined) {
      tally.onSkip(path, said || "the container could not write it");
      return false;
    }
    throw new PortholeError("session_lost", {
      cannot: "copy everything",
      because: said === ""
        ? "the container did not confirm that all of it arrived"
        : `the container reports: ${said}`,
    }, { hint: "nothing incomplete was left behind; try again" });
  } finally {
    await source.close();
  }
}

/** What the script ends with, and the last of what programs said; what they said before is passed on. */
async function readEnd(
  source: ByteSource,
  nonce: string,
  tally: Pick<Tally, "onNotice" | "onSkip">,
): Promise<{ readonly status: string | undefined; readonly said: string }> {
  let said = "";
  let status: string | undefined;
  for await (const part of splitWords(source.rest(), nonce)) {
    if (part.kind === "bytes") continue;
    const { text } = part;
    if (text.startsWith("k ")) {
      tally.onSkip(
        unescapePrintf(text.slice(2)),
        "the container could not write all of it",
        true,
      );
    } else if (text.startsWith("e ")) {
      if (said !== "") tally.onNotice(said);
      said = text.slice(2).replace(OWN_PLACE, "");
    } else status = text.startsWith(". ") ? text.slice(2) : undefined;
  }
  return { status, said };
}

/** Undoes what `packTree` does to names. */
function unescapePrintf(text: string): string {
  const bytes: number[] = [];
  for (const [, octal, plain] of text.matchAll(/\\0([0-7]{3})|(.)/g)) {
    bytes.push(
      octal === undefined ? plain!.charCodeAt(0) : parseInt(octal, 8),
    );
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
