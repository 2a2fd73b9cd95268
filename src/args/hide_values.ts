import { hideUserInfo } from "../hide_user_info.ts";

/**
 * Takes the values of variables out of a command line that is to be shown: of `--env`, and of `--ext-str`
 * and `--ext-code`, and what stands before the host of a URL. It stays as many words.
 */
export function hideValues(words: readonly string[]): readonly string[] {
  return words.map((word, at) => {
    const follows = /^(--env|--ext-str|--ext-code|-[a-zA-Z]*e)$/.test(
      words[at - 1] ?? "",
    );
    const name = (follows
      ? /^([^=]*=)./s
      : /^((?:--(?:env|ext-str|ext-code)=|-[a-zA-Z]*e=?)[^=]*=)./s)
      .exec(word)?.[1];
    return name === undefined ? hideUserInfo(word) : `${name}...`;
  });
}
