import type { BenchReport, MeasureReport } from "./report.ts";

/** The report as text: the ratios, the numbers they are of, and what they were measured on. */
export function renderReport(report: BenchReport): string {
  const { runs, machine, programs, skipped } = report;
  const measures = Object.values(report.measures);
  const missing = programs.flatMap(({ name, version }) =>
    version === null ? [`${name}: not installed`] : []
  );
  const { cores, os, arch, load } = machine;
  return [
    ...renderRatios(measures),
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

function renderRatios(measures: readonly MeasureReport[]): string[][] {
  const compared = measures.filter(({ results }) =>
    Object.values(results).some(({ ratio }) => ratio !== undefined)
  );
  if (compared.length === 0) return [];
  const peers = new Set(
    compared.flatMap(({ results }) => Object.keys(results))
      .filter((name) => name !== "porthole"),
  );
  const rows = compared.map(({ title, better, results }) => [
    better === "more" ? `${title} (more is better)` : title,
    ...[...peers].map((peer) => {
      const ratio = results[peer]?.ratio;
      return ratio === undefined ? "-" : ratio.toFixed(2);
    }),
  ]);
  return [alignRows([["peer / porthole", ...peers], ...rows])];
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
