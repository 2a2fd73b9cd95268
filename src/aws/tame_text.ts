const LONGEST = 400;

/**
 * Text from outside, made fit for one line of an error: no control or formatting characters that
 * would act on a terminal, no stream URL or token, no full stop, at most 400 characters.
 */
export function tameText(text: string): string {
  const tamed = text
    .replace(/AWS4-HMAC-SHA256[\s\S]*/, "AWS4-HMAC-SHA256 …")
    .replace(/\bwss?:\/\/\S+/gi, "wss://…")
    .replace(/(token(?:value)?["']?\s*[:=]\s*["']?)[^\s"',}]+/gi, "$1…")
    .replace(/[\s\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  return tamed.length > LONGEST ? `${tamed.slice(0, LONGEST - 1)}…` : tamed;
}
