import { toLine } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import { alignColumns } from "./align_columns.ts";
import { describeSource } from "./describe_source.ts";
import { jsonLine } from "./json_line.ts";

/** A setting as it is shown; a secret has no value. */
interface ShownSetting {
  readonly value: string | null;
  readonly source: string | null;
  /** Where the file's template read a value that is not for showing. */
  readonly from?: string;
}

/** Renders settings with their sources, by key and in order, as lines to read or as one line of JSON. */
export function formatConfig(
  files: readonly string[],
  settings: readonly (readonly [
    key: string,
    setting: Setting<string | number | boolean> | undefined,
  ])[],
  format: "text" | "json",
  /** Of the terminal, in columns. */
  width?: number,
): string {
  const shown = settings.map(([key, setting]) =>
    [key, showSetting(setting)] as const
  );
  if (format === "text") return renderText(shown, files, width);
  const object = { files, settings: Object.fromEntries(shown) };
  return `${jsonLine(object)}\n`;
}

function showSetting(
  setting: Setting<string | number | boolean> | undefined,
): ShownSetting {
  if (setting === undefined) return { value: null, source: null };
  const { value, source } = setting;
  const described = describeSource(source);
  return source.kind === "file" && source.secret !== undefined
    ? { value: null, source: described, from: source.secret }
    : { value: String(value), source: described };
}

function renderText(
  settings: readonly (readonly [string, ShownSetting])[],
  files: readonly string[],
  width = Infinity,
): string {
  const shown = settings.filter(([name, { source }]) =>
    source !== null || !name.startsWith("exec.docker.tls")
  );
  const rows = shown.map(([name, { value, source, from }]) =>
    [
      name,
      from === undefined ? value ?? "(not set)" : `(from ${from})`,
      source ?? "",
    ] as const
  );
  const listed = (files.length === 0 ? ["(none)"] : files)
    .map((file, at) => [at === 0 ? "files" : "", file] as const);
  const [names] = rows.map(([name]) => name.length).sort((a, b) => b - a);
  return [
    ...alignColumns(rows, { width }),
    ...alignColumns(
      listed.map(([name, file]) => [name.padEnd(names!), file]),
      { width },
    ),
  ].map((line) => `${toLine(line)}\n`).join("");
}
