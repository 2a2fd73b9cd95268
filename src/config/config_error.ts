import { PortholeError } from "../errors.ts";

/** A configuration file as it was found. */
export interface ConfigFile {
  /** As the user knows it: what was typed, or the default's name. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** The file's owner, if that is an untrusted user. */
  readonly stranger?: number;
}

/** A position as editors count it. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds the line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

/** Writes a place as compilers do: file:line:column. */
export function tellPlace(file: ConfigFile, offset: number): string {
  const { line, column } = positionAt(file.text, offset);
  return `${file.name}:${line}:${column}`;
}

/** A mistake at one place of a configuration file. */
export function configError(
  file: ConfigFile,
  offset: number,
  reason: string,
  hint?: string,
): PortholeError {
  return new PortholeError(
    "config_invalid",
    `Cannot use ${tellPlace(file, offset)}: ${reason}`,
    { hint },
  );
}
