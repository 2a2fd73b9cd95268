/** A value of Go's text/template: string, bool, int, float64 or nil. */
export type TemplateValue = string | boolean | bigint | number | null;

/** Whether Go takes a value for true: all but the zero values of each type. */
export function isTruthy(value: TemplateValue): boolean {
  return value === 0n ? false : Boolean(value);
}

/** The name of a value's type in Go. */
export function typeOf(value: TemplateValue): string {
  if (value === null) return "nil";
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    default:
      return "string";
  }
}

/** Writes a value as Go's fmt.Print does. */
export function printValue(value: TemplateValue): string {
  if (value === null) return "<nil>";
  return typeof value === "number" ? printFloat(value) : String(value);
}

/** As `%g` writes it: the shortest digits that mean the same, with an exponent from 1e+06 on and below 1e-04. */
function printFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : `${value}`;
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${writePower(power)}`;
}

/** An exponent: its sign, and at least two digits. */
export function writePower(power: number): string {
  const digits = String(Math.abs(power)).padStart(2, "0");
  return `${power < 0 ? "-" : "+"}${digits}`;
}

/** Writes a text as a constant of Go's. */
export function quoteText(text: string): string {
  const escaped = text.replace(
    /["\\\p{C}]|(?! )\p{Z}/gu,
    (character) => {
      const short = SHORT[character];
      if (short !== undefined) return short;
      const code = character.codePointAt(0)!;
      const hex = (length: number) => code.toString(16).padStart(length, "0");
      if (code < 0x80) return `\\x${hex(2)}`;
      return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
    },
  );
  return `"${escaped}"`;
}

const SHORT: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};
