import { Buffer } from "node:buffer";

/** The shell's name for itself; by this name a failed start is distinguished from output. */
const SHELL_NAME = "porthole";

/** Makes each word what it was from its escapes; the x keeps the line feeds at its end, which a shell would cut off. */
const SPELL = `for w do shift;w=$(printf "$w";printf x);` +
  `set -- "$@" "\${w%x}";done;exec "$@"`;

/**
 * The same words as a header can carry them: where one has control characters, or characters beyond ASCII, all are
 * written as formats of printf, and a shell of the container makes them what they were.
 */
export function spellForHeader(words: readonly string[]): readonly string[] {
  return words.every(isPlain)
    ? words
    : ["sh", "-c", SPELL, SHELL_NAME, ...words.map(toFormat)];
}

/** Whether a header can carry a text as it is. */
export function isPlain(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function toFormat(word: string): string {
  return [...Buffer.from(word)].map((byte, at) => {
    const letter = String.fromCharCode(byte);
    // One that began with a dash would be an option of printf's.
    return isPlain(letter) && !/[\\%]/.test(letter) &&
        !(at === 0 && letter === "-")
      ? letter
      : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
