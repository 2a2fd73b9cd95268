/** What stands for a secret. */
const HIDDEN = "…";

/** A text without these values, as they are and as JSON writes them. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((
    secret,
  ) => [secret, JSON.stringify(secret).slice(1, -1)])
    .filter((form) => form !== "")
    // A secret may stand in another.
    .toSorted((a, b) => b.length - a.length);
  return forms.reduce((rest, form) => {
    // A short one is found as a word alone: "1" is in most texts.
    const pattern = form.length < 4
      ? new RegExp(`(?<![\\w.])${RegExp.escape(form)}(?![\\w.])`, "g")
      : new RegExp(RegExp.escape(form), "g");
    return rest.replace(pattern, HIDDEN);
  }, text);
}
