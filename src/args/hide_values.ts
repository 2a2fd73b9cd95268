/** Takes the values of `--env` out of a command line that is to be shown; it stays as many words. */
export function hideValues(words: readonly string[]): readonly string[] {
  return words.map((word, at) => {
    const follows = /^(--env|-[a-z]*e)$/.test(words[at - 1] ?? "");
    const name = (follows ? /^([^=]*=)./s : /^((?:--env=|-[a-z]*e=?)[^=]*=)./s)
      .exec(word)?.[1];
    return name === undefined ? word : `${name}...`;
  });
}
