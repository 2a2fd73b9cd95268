import type { BenchReport, MeasureReport, Result } from "./report.ts";

/** The report as text: the ratios, the numbers they are of, and what they were measured on. */
export function renderReport(report: BenchReport): string {
  const { runs, machine, programs, skipped } = report;
  const measures = Object.values(report.measures);
  const missing = programs.flatMap(({ name, version }) =>
    version === null ? [`${name}: not installed`] : []
  );
  const { cores, os, arch, load } = machine;
  return [
    ...renderRatios("peer / porthole", measures, ({ ratio }) => ratio),
    ...renderRatios(
      "program / empty program",
      measures,
      ({ of_floor }) => of_floor,
    ),
    ...renderMedians(measures),
    programs.flatMap(({ name, version }) =>
      version === null ? [] : [`${name}: ${version}`]
    ),
    [...missing, ...skipped],
    [
      `${runs} runs, ${os} ${arch}, ${cores} cores, load ` +
      `${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`,
    ],
  ].filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n")).join("\n\n");
}

function renderRatios(
  title: string,
  measures: readonly MeasureReport[],
  ratioOf: (result: Result) => number | undefined,
): string[][] {
  const compared = measures.flatMap(({ title, better, results }) => {
    const ratios = new Map(
      Object.entries(results).flatMap(([program, result]) => {
        const ratio = ratioOf(result);
        return ratio === undefined ? [] : [[program, ratio] as const];
      }),
    );
    return ratios.size === 0 ? [] : [{ title, better, ratios }];
  });
  if (compared.length === 0) return [];
  const programs = new Set(
    compared.flatMap(({ ratios }) => [...ratios.keys()]),
  );
  const rows = compared.map(({ title, better, ratios }) => [
    better === "more" ? `${title} (more is better)` : title,
    ...[...programs].map((program) => ratios.get(program)?.toFixed(2) ?? "-"),
  ]);
  return [alignRows([[title, ...programs], ...rows])];
}

function renderMedians(measures: readonly MeasureReport[]): string[][] {
  const rows = measures.flatMap(({ title, unit, results }) =>
    Object.entries(results).map(([program, { median, min, max }], index) => [
      // A measure of several programs is named once.
      `${index === 0 ? title : ""}`,
      program,
      ...[median, min, max].map((value) => value.toFixed(1)),
      unit,
    ])
  );
  if (rows.length === 0) return [];
  return [alignRows([["", "", "median", "min", "max", ""], ...rows])];
}

/** The first column is aligned to the left, the others to the right. */
function alignRows(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ").trimEnd()
  );
}
