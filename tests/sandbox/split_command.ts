/** What the agent makes of a command line: words, or the text of its refusal. */
export type SplitCommand =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "error"; readonly message: string };

/**
 * Splits a command the way the agent does before it executes it without a
 * shell: blanks part words, single quotes keep everything, a backslash keeps
 * the next character (in double quotes too, whatever that character is), and
 * a `#` at the start of a word begins a comment that lasts to the line's end.
 */
export function splitCommand(command: string): SplitCommand {
  const words: string[] = [];
  const characters = [...command];
  let word: string | undefined;
  let place: "between" | "word" | "single" | "double" | "comment" = "between";

  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? "";
    if (place === "comment") {
      if (character === "\n") place = "between";
      continue;
    }
    if (place === "single") {
      if (character === "'") place = "word";
      else word += character;
      continue;
    }
    if (character === "\\") {
      const next = characters[++i];
      if (next === undefined) {
        return { kind: "error", message: "EOF found after escape character" };
      }
      word = (word ?? "") + next;
      if (place === "between") place = "word";
      continue;
    }
    if (place === "double") {
      if (character === '"') place = "word";
      else word += character;
      continue;
    }
    if (" \t\r\n".includes(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      place = "between";
    } else if (character === "'" || character === '"') {
      word ??= "";
      place = character === "'" ? "single" : "double";
    } else if (character === "#" && place === "between") {
      place = "comment";
    } else {
      word = (word ?? "") + character;
      place = "word";
    }
  }

  if (place === "single" || place === "double") {
    return {
      kind: "error",
      message: "EOF found when expecting closing quote",
    };
  }
  if (word !== undefined) words.push(word);
  return { kind: "words", words };
}
