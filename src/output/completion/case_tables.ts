import type {
  Candidates,
  CompletionModel,
} from "../../args/completion_model.ts";

/** A `case` of a shell like sh: what to do where one of some words is met. */
type CaseRow = readonly [patterns: readonly string[], body: string];

/** Writes the rows between `case … in` and `esac`, each indented by four. */
export function formatCases(rows: readonly CaseRow[]): string {
  const lines = rows.map(([patterns, body]) =>
    `    ${patterns.join(" | ")}) ${body} ;;`
  );
  return lines.join("\n");
}

/** The two functions that find, in a variable `source`, what completes a word: bash and zsh read them alike. */
export function formatSources(model: CompletionModel): string {
  return `# Sets source: what completes the value of the flag $2 of the verb $1. Fails for a switch.
_porthole_value() {
  case $2 in
${formatCases(listValues(model))}
    *) return 1 ;;
  esac
}

# Sets source: what completes the word after the verb $1.
_porthole_operand() {
  case $1 in
${formatCases(listOperands(model))}
    *) source=none ;;
  esac
}`;
}

/** Rows that set `source` by the name of a flag, and by the verb in `$1` where that matters. */
function listValues({ verbs }: CompletionModel): readonly CaseRow[] {
  const flags = new Map<string, Map<string, string[]>>();
  for (const { name: verb, flags: taken } of verbs) {
    for (const { names, value } of taken) {
      if (value === undefined) continue;
      const key = names.join("\n");
      const sources = flags.get(key) ?? new Map<string, string[]>();
      const source = sourceOf(value);
      flags.set(
        key,
        sources.set(source, [...sources.get(source) ?? [], verb]),
      );
    }
  }
  return mergeRows([...flags].map(([key, sources]) => {
    const [usual, ...others] = [...sources].toSorted(
      ([, a], [, b]) => b.length - a.length,
    ).map(([source, takers]) => [takers, `source=${source}`] as const);
    const body = others.length === 0 ? usual![1] : [
      "case $1 in",
      ...[...others, [["*"], usual![1]] as const].map((row) =>
        `  ${formatCases([row])}`
      ),
      "      esac",
    ].join("\n");
    return [key.split("\n"), body];
  }));
}

/** Rows that set `source` by the verb: what its operand is completed from. */
function listOperands({ verbs }: CompletionModel): readonly CaseRow[] {
  return mergeRows(
    verbs.map(({ name, operand }) => [
      [name === "" ? "''" : name],
      `source=${sourceOf(operand)}`,
    ]),
  );
}

/** A source in one word of the shell: its kind, or `words` and the words themselves. */
function sourceOf(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return quoteWord(["words", ...candidates.words].join(" "));
    case "live":
      return candidates.of;
    default:
      return candidates.kind;
  }
}

/** Writes any text as one word of a shell like sh. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function mergeRows(rows: readonly CaseRow[]): readonly CaseRow[] {
  const merged = new Map<string, string[]>();
  for (const [patterns, body] of rows) {
    merged.set(body, [...merged.get(body) ?? [], ...patterns]);
  }
  return [...merged].map(([body, patterns]) => [patterns, body]);
}
