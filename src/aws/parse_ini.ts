/** A section's settings: names in lower case, values without the spaces around them. */
export type IniSection = ReadonlyMap<string, string>;

/** A text that is not an ini file, and the line that shows it. */
export class IniError extends Error {
  override readonly name = "IniError";

  constructor(readonly line: number, reason: string) {
    super(reason);
  }
}

/** Settings of this section stand behind those of every other one. */
const DEFAULTS = "DEFAULT";

/**
 * Parses an ini file as the AWS CLI does, which reads `~/.aws/config` with Python's
 * `configparser.RawConfigParser`: names of any case, `=` or `:` behind them, `#` and `;` at the
 * beginning of a line for comments, and a line that is indented further than its setting goes on
 * with the setting's value.
 *
 * A value that begins with a line break is a block of settings: `parseIniBlock` reads it.
 *
 * @throws {IniError} for what the AWS CLI refuses, too.
 */
export function parseIni(text: string): ReadonlyMap<string, IniSection> {
  const sections = new Map<string, Map<string, string[]>>();
  const defaults = new Map<string, string[]>();
  let section: Map<string, string[]> | undefined;
  let value: string[] | undefined;
  let indent = 0;

  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  for (const [index, line] of lines.entries()) {
    const content = line.trim();
    if (/^[#;]/.test(content)) continue;
    if (content === "") {
      value?.push("");
      continue;
    }
    const ownIndent = line.search(/\S/);
    if (value !== undefined && ownIndent > indent) {
      value.push(content);
      continue;
    }
    indent = ownIndent;
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) {
      if (sections.has(header)) {
        throw new IniError(index + 1, `[${header}] is given twice`);
      }
      section = header === DEFAULTS ? defaults : new Map();
      if (header !== DEFAULTS) sections.set(header, section);
      value = undefined;
      continue;
    }
    if (section === undefined) {
      throw new IniError(index + 1, "the line comes before any [section]");
    }
    const [, name, rest] = /^(.*?)\s*[=:]\s*(.*)$/.exec(content) ?? [];
    // The line itself may be half a key, and is not for showing.
    if (!name || rest === undefined) {
      throw new IniError(index + 1, "the line is not of the form NAME = VALUE");
    }
    const key = name.toLowerCase();
    if (section.has(key)) {
      throw new IniError(index + 1, `${key} is given twice in its section`);
    }
    value = [rest];
    section.set(key, value);
  }

  const join = (settings: ReadonlyMap<string, readonly string[]>) =>
    [...settings].map(([key, value]) =>
      [key, value.join("\n").trimEnd()] as const
    );
  const shared = join(defaults);
  return new Map(
    [...sections].map(([name, settings]) => [
      name,
      new Map([...shared, ...join(settings)]),
    ]),
  );
}

/** Parses a value that is a block of settings, one a line; lines of no such form are left out. */
export function parseIniBlock(value: string): IniSection {
  return new Map(
    value.split("\n").flatMap((line) => {
      const [, name, rest] = /^\s*(.*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      return name === undefined || rest === undefined ? [] : [[name, rest]];
    }),
  );
}
