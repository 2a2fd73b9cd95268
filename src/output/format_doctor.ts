import type { Check, CheckStatus } from "../diagnosis/checks/check.ts";
import { toLine } from "../quote_value.ts";
import { jsonLine } from "./json_line.ts";
import { hangText } from "./wrap_text.ts";

/** How the lines are to look. */
export interface DoctorView {
  /** Absent: no line is broken. */
  readonly width?: number;
  readonly dim?: (text: string) => string;
}

/** The worst first: what is read first is what to mend first. */
const ORDER: readonly CheckStatus[] = ["fail", "warn", "unknown", "ok"];
const MARKS: Readonly<Record<CheckStatus, string>> = {
  fail: "FAIL",
  warn: "warn",
  unknown: "?",
  ok: "ok",
};
const INDENT = " ".repeat(6);

/** Renders the lines of `porthole doctor`: the problems with what to do, then what is well, then a summary. */
export function renderDoctor(
  checks: readonly Check[],
  view: DoctorView,
): string {
  const sorted = ORDER.flatMap((status) =>
    checks.filter((check) => check.status === status)
  );
  const shown = new Set<string>();
  const lines = sorted.flatMap((check, index) => {
    // One cause may keep several things from being checked.
    const { remedy = "", ...rest } = check;
    const isRepeated = shown.has(remedy);
    shown.add(remedy);
    return [
      // What is well stands in one block.
      ...(index > 0 && sorted[index - 1]?.status !== "ok" ? [""] : []),
      ...renderCheck(isRepeated ? rest : check, view),
    ];
  });
  return [...lines, "", summarize(checks), ""].join("\n");
}

function renderCheck(
  { status, title, evidence, remedy, link }: Check,
  { width = Infinity, dim = (text: string) => text }: DoctorView,
): readonly string[] {
  const head = hangText(
    MARKS[status].padEnd(INDENT.length),
    `${title}: ${evidence}`,
    width,
  );
  if (status === "ok") return head.map(dim);
  return [
    ...head,
    ...(remedy ?? "").split("\n").filter((line) => line !== "").flatMap((
      line,
      index,
    ) =>
      isCommand(line)
        ? breakCommand(line, width)
        : hangWords(`${INDENT}${index === 0 ? "fix: " : "     "}`, line, width)
    ),
    ...(link === undefined ? [] : [dim(`${INDENT}see: ${link}`)]),
  ];
}

/** As hangText, but a statement of a policy stays whole, so that it can be copied. */
function hangWords(
  heading: string,
  text: string,
  width: number,
): readonly string[] {
  const lines: string[] = [];
  for (const word of toLine(text).split(" ")) {
    const last = lines.at(-1);
    if (
      last === undefined ||
      heading.length + last.length + 1 + word.length > width
    ) {
      lines.push(word);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, index) =>
    (index === 0 ? heading : " ".repeat(heading.length)) + line
  );
}

/** A remedy to be typed; it is shown so that it can be copied, on several lines too. */
function isCommand(line: string): boolean {
  return /^(aws|porthole) /.test(line);
}

/** Breaks a command between its words as a shell reads it; a word that is too long stays whole. */
function breakCommand(line: string, width: number): readonly string[] {
  const room = width - INDENT.length - 2 - " \\".length;
  const lines: string[] = [];
  for (const word of splitWords(toLine(line), room)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) {
      lines.push(word);
    } else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((text, index) =>
    `${INDENT}${index === 0 ? "$ " : "  "}${text}${
      index < lines.length - 1 ? " \\" : ""
    }`
  );
}

/** At the spaces outside of single quotes; a flag stays with its value where there is room. */
function splitWords(line: string, room: number): readonly string[] {
  const words = line.match(/(?:[^\s']|'[^']*')+/g) ?? [];
  const pairs: string[] = [];
  for (const word of words) {
    const last = pairs.at(-1);
    const isValue = last !== undefined && /^--\S+$/.test(last) &&
      !word.startsWith("--") && last.length + 1 + word.length <= room;
    if (isValue) pairs[pairs.length - 1] = `${last} ${word}`;
    else pairs.push(word);
  }
  return pairs;
}

function summarize(checks: readonly Check[]): string {
  const count = (status: CheckStatus) =>
    checks.filter((check) => check.status === status).length;
  const parts = [
    [count("fail"), "failed"],
    [count("warn"), count("warn") === 1 ? "warning" : "warnings"],
    [count("unknown"), "not checked"],
    [count("ok"), "ok"],
  ] as const;
  return parts.filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`).join(", ");
}

/** Renders the checks as one line of JSON. */
export function formatDoctorObject(
  checks: readonly Check[],
  status: number,
): string {
  return `${
    jsonLine({
      checks: checks.map(({ id, title, status, evidence, remedy, link }) => ({
        id,
        title,
        status,
        evidence,
        remedy: remedy ?? null,
        link: link ?? null,
      })),
      status,
    })
  }\n`;
}
