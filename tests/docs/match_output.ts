/**
 * Whether a program's output is what a guide shows. Times and ids may differ, `…` stands for any text, and
 * alone on a line for any lines; blanks at the end of a line do not count.
 */
export function matchOutput(shown: string, output: string): boolean {
  const pattern = tidy(shown).split("\n").map((line) =>
    line === "…"
      ? "(?:.*\n)*?"
      : `${line.split("…").map(escapePattern).join(".*")}\n`
  ).join("");
  return new RegExp(`^${pattern}$`).test(`${tidy(output)}\n`);
}

function tidy(text: string): string {
  return text.replaceAll("\r", "").replaceAll(/[ \t]+$/gm, "").trimEnd()
    .replaceAll(/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b[0-9a-f]{32}\b/g, "ID");
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
