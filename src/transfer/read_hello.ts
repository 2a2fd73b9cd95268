import { PortholeError } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";
import { markOf } from "./split_words.ts";

/** What may stand before the first word, a greeting of `su` for example, is read no further than this. */
const LONGEST_PREAMBLE = 16 * 1024;

/**
 * Reads the script's first words up to this one, byte by byte: what follows need not be words.
 *
 * @returns what stands behind the word.
 * @throws {PortholeError} cannot_start where it does not come, with what came instead.
 */
export async function readHello(
  source: ByteSource,
  nonce: string,
  word = "hello",
): Promise<readonly string[]> {
  const expected = `${markOf(nonce)}${word}`;
  let said = "";
  while (said.length < LONGEST_PREAMBLE) {
    const byte = await source.take(1);
    if (byte === undefined) break;
    said += String.fromCharCode(byte[0]!);
    if (byte[0] !== 10) continue;
    const at = said.indexOf(expected);
    if (at >= 0) {
      return said.slice(at + expected.length).trim().split(" ")
        .filter((part) => part !== "");
    }
  }
  const text = new TextDecoder().decode(
    Uint8Array.from(said, (character) => character.charCodeAt(0)),
  ).trim();
  throw new PortholeError("cannot_start", {
    cannot: "copy",
    because: text === ""
      ? "the script that copies did not start in the container"
      : `the container says: ${text.slice(0, 300)}`,
  });
}
