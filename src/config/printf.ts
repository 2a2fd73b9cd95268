import {
  printValue,
  quoteText,
  type TemplateValue,
  typeOf,
  writePower,
} from "./print_value.ts";

const VERB =
  /%(?<flags>[-+# 0]*)(?<width>\d+|\*)?(?:\.(?<precision>\d+|\*)?)?(?:\[(?<place>\d+)\])?(?<verb>[\s\S])?/gu;
/** The most that Go takes from an argument. */
const MOST_WIDTH = 1_000_000n;
/** No name is as long. */
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
    let complaint = "";
    const star = (
      written: string | undefined,
      name: string,
    ): number | undefined => {
      if (written !== "*") {
        return written === undefined ? undefined : Number(written);
      }
      const value = args[used++];
      if (
        typeof value === "bigint" && value >= -MOST_WIDTH &&
        value <= MOST_WIDTH && (name === "WIDTH" || value >= 0n)
      ) return Number(value);
      complaint += `%!(BAD${name})`;
      return undefined;
    };
    const asked = star(width, "WIDTH");
    const digits = directive.includes(".")
      ? star(precision, "PREC") ?? (precision === "*" ? undefined : 0)
      : undefined;
    if (place !== undefined) {
      placed = true;
      const at = Number(place) - 1;
      if (at < 0 || at >= args.length) return `%!${verb}(BADINDEX)`;
      used = at;
    }
    const value = args[used++];
    if (value === undefined) return `${complaint}%!${verb}(MISSING)`;
    const left = flags.includes("-") || (asked ?? 0) < 0;
    return complaint + formatValue(verb, value, {
      // To a struct it would mean something else.
      flags: verb === "v" ? flags.replaceAll("+", "") : flags,
      digits,
      width: Math.min(Math.abs(asked ?? 0), ENOUGH_WIDTH),
      left,
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
  readonly width: number;
  /** Padded on the right. */
  readonly left: boolean;
}

function describe(value: TemplateValue): string {
  return value === null ? "<nil>" : `${typeOf(value)}=${printValue(value)}`;
}

function formatValue(
  verb: string,
  value: TemplateValue,
  options: Options,
): string {
  if (verb === "T") {
    return pad(value === null ? "<nil>" : typeOf(value), options);
  }
  if (value === null) {
    return verb === "v"
      ? pad("<nil>", { ...options, flags: "" })
      : `%!${verb}(<nil>)`;
  }
  const text = formatTyped(verb, value, options);
  // A number with a precision has its zeros by that.
  const padding = typeof value === "bigint" && options.digits !== undefined
    ? { ...options, flags: options.flags.replaceAll("0", "") }
    : options;
  if (text !== undefined) return pad(text, padding);
  const shown = pad(formatTyped("v", value, options) ?? "", padding);
  return `%!${verb}(${typeOf(value)}=${shown})`;
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
      const prefix = flags.includes("#") && bytes.length > 0 ? "0x" : "";
      const hex = prefix + bytes.toHex();
      return verb === "x" ? hex : hex.toUpperCase();
    }
    default:
      return undefined;
  }
}

/** For a number that is not a code point. */
const INVALID: Readonly<Record<string, string>> = {
  c: "\ufffd",
  q: "'\ufffd'",
};

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
    return INVALID[verb];
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
      return sign + upper(
        verb,
        digits === undefined
          ? printValue(absolute)
          : printDigits(absolute, Math.min(100, digits || 1)),
      );
    case "f":
    case "F":
      return sign + absolute.toFixed(Math.min(100, digits ?? 6));
    case "e":
    case "E":
      return sign + upper(
        verb,
        absolute.toExponential(Math.min(100, digits ?? 6))
          .replace(/e(.+)$/, (_, power) => `e${writePower(Number(power))}`),
      );
    default:
      return undefined;
  }
}

/** `%.3g`: so many digits at most, and an exponent where they do not reach the point. */
function printDigits(absolute: number, digits: number): string {
  const [mantissa = "", exponent] = absolute.toExponential(digits - 1)
    .split("e");
  const power = Number(exponent);
  const short = mantissa.replace(/\.?0+$/, "");
  const count = short.replace(".", "").length;
  const most = digits > count && count > power ? count : digits;
  if (power >= -4 && power < most) {
    return absolute.toFixed(Math.max(0, digits - 1 - power))
      .replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  }
  return `${short}e${writePower(power)}`;
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
  { width, left, flags }: Options,
): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (left) return text + " ".repeat(missing);
  if (!flags.includes("0")) return " ".repeat(missing) + text;
  const [, sign = "", digits = ""] = /^([+-]?)([\s\S]*)$/.exec(text) ?? [];
  return sign + "0".repeat(missing) + digits;
}
