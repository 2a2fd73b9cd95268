import {
  printValue,
  quoteText,
  type TemplateValue,
  typeOf,
} from "./print_value.ts";

const VERB =
  /%(?<flags>[-+# 0]*)(?<width>\d+|\*)?(?:\.(?<precision>\d+|\*)?)?(?:\[(?<place>\d+)\])?(?<verb>[\s\S])?/gu;
/** Of Go's, for one number. */
const MOST_WIDTH = 1_000_000;
const ENOUGH_WIDTH = 10_000;

/**
 * Formats as Go's fmt.Sprintf, which never fails: what is wrong stands in the text, as in
 * `%!d(string=web)`.
 */
export function printf(
  format: string,
  args: readonly TemplateValue[],
): string {
  let used = 0;
  let placed = false;
  const text = format.replace(VERB, (directive, ...rest) => {
    const { flags = "", width, precision, place, verb } = rest
      .at(-1) as Partial<Record<string, string>>;
    if (verb === undefined) return "%!(NOVERB)";
    if (verb === "%") return "%";
    const star = (written: string | undefined): number | undefined => {
      if (written !== "*") {
        return written === undefined ? undefined : Number(written);
      }
      const value = args[used++];
      return typeof value === "bigint" ? Number(value) : undefined;
    };
    const asked = star(width);
    const digits = directive.includes(".") ? star(precision) ?? 0 : undefined;
    if (place !== undefined) {
      placed = true;
      used = Number(place) - 1;
      if (used < 0 || used >= args.length) return `%!${verb}(BADINDEX)`;
    }
    const value = args[used++];
    if (value === undefined) return `%!${verb}(MISSING)`;
    const left = flags.includes("-") || (asked ?? 0) < 0;
    return pad(formatValue(verb, value, { flags, digits }), {
      width: Math.min(Math.abs(asked ?? 0), ENOUGH_WIDTH, MOST_WIDTH),
      left,
      zeros: flags.includes("0") && !left && value !== null,
    });
  });
  const extra = args.slice(used);
  return placed || extra.length === 0
    ? text
    : `${text}%!(EXTRA ${extra.map(describe).join(", ")})`;
}

interface Options {
  readonly flags: string;
  /** The precision. */
  readonly digits: number | undefined;
}

function describe(value: TemplateValue): string {
  return value === null ? "<nil>" : `${typeOf(value)}=${printValue(value)}`;
}

function formatValue(
  verb: string,
  value: TemplateValue,
  options: Options,
): string {
  if (verb === "T") return value === null ? "<nil>" : typeOf(value);
  if (value === null) return verb === "v" ? "<nil>" : `%!${verb}(<nil>)`;
  const text = formatTyped(verb, value, options);
  return text ?? `%!${verb}(${describe(value)})`;
}

/** Undefined for a verb that the type does not know. */
function formatTyped(
  verb: string,
  value: Exclude<TemplateValue, null>,
  options: Options,
): string | undefined {
  switch (typeof value) {
    case "string":
      return formatText(verb, value, options);
    case "bigint":
      return formatInteger(verb, value, options);
    case "number":
      return formatFloat(verb, value, options);
    default:
      return verb === "t" || verb === "v" ? String(value) : undefined;
  }
}

function formatText(
  verb: string,
  value: string,
  { flags, digits }: Options,
): string | undefined {
  const cut = digits === undefined
    ? value
    : [...value].slice(0, digits).join("");
  switch (verb) {
    case "s":
      return cut;
    case "v":
      return flags.includes("#") ? quoteText(cut) : cut;
    case "q":
      return flags.includes("#") && !/[`\p{Cc}]/u.test(cut)
        ? `\`${cut}\``
        : quoteText(cut);
    case "x":
    case "X": {
      const bytes = new TextEncoder().encode(value).slice(0, digits);
      const hex = bytes.toHex();
      return verb === "x" ? hex : hex.toUpperCase();
    }
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, number>> = {
  b: 2,
  o: 8,
  O: 8,
  d: 10,
  v: 10,
  x: 16,
  X: 16,
};

const PREFIXES: Readonly<Record<string, string>> = {
  b: "0b",
  o: "0",
  x: "0x",
  X: "0X",
};

function formatInteger(
  verb: string,
  value: bigint,
  { flags, digits }: Options,
): string | undefined {
  const base = BASES[verb];
  const absolute = value < 0n ? -value : value;
  if (base !== undefined) {
    const text = absolute.toString(base).padStart(digits ?? 0, "0");
    const prefix = verb === "O"
      ? "0o"
      : flags.includes("#")
      ? PREFIXES[verb] ?? ""
      : "";
    return signOf(value < 0n, flags) + prefix +
      (verb === "X" ? text.toUpperCase() : text);
  }
  if (value < 0n || value > 0x10ffffn) {
    return verb === "c" || verb === "q" || verb === "U"
      ? verb === "U" ? undefined : "\ufffd"
      : undefined;
  }
  const character = String.fromCodePoint(Number(value));
  switch (verb) {
    case "c":
      return character;
    case "q":
      return `'${
        character === "'"
          ? "\\'"
          : character === '"'
          ? '"'
          : quoteText(character).slice(1, -1)
      }'`;
    case "U":
      return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
    default:
      return undefined;
  }
}

function formatFloat(
  verb: string,
  value: number,
  { flags, digits }: Options,
): string | undefined {
  const absolute = Math.abs(value);
  const sign = signOf(value < 0 || Object.is(value, -0), flags);
  switch (verb) {
    case "v":
    case "g":
    case "G":
      // With a precision, digits are cut first, and what is left is as short as it can be.
      return sign + upper(
        verb,
        printValue(
          digits === undefined
            ? absolute
            : Number(absolute.toPrecision(Math.min(100, digits || 1))),
        ),
      );
    case "f":
    case "F":
      return sign + absolute.toFixed(Math.min(100, digits ?? 6));
    case "e":
    case "E":
      return sign + upper(
        verb,
        absolute.toExponential(Math.min(100, digits ?? 6))
          .replace(/e([+-])(\d)$/, "e$10$2"),
      );
    default:
      return undefined;
  }
}

function upper(verb: string, text: string): string {
  return verb === verb.toUpperCase() ? text.toUpperCase() : text;
}

function signOf(negative: boolean, flags: string): string {
  if (negative) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

/** Zeros stand between the sign and the digits. */
function pad(
  text: string,
  { width, left, zeros }: {
    readonly width: number;
    readonly left: boolean;
    readonly zeros: boolean;
  },
): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (left) return text + " ".repeat(missing);
  if (!zeros) return " ".repeat(missing) + text;
  const [, sign = "", digits = ""] = /^([+-]?)([\s\S]*)$/.exec(text) ?? [];
  return sign + "0".repeat(missing) + digits;
}
