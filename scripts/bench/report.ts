import {
  aboveFloor,
  type Figure,
  FLOOR,
  type MeasureName,
  measures,
  type Unit,
} from "./measures.ts";

/** A number over several runs. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What `scripts/dev bench --json` prints: one object, whose keys stay. */
export interface BenchReport {
  /** How often each was run; what takes seconds once for each five. */
  readonly runs: number;
  readonly machine: Machine;
  /** porthole and its peers; the version is null for one that is not installed. */
  readonly programs: readonly {
    readonly name: string;
    readonly version: string | null;
  }[];
  /** What was measured, by its name; what nothing was measured of is absent. */
  readonly measures: Readonly<Partial<Record<MeasureName, MeasureReport>>>;
  /** What could not be measured here, and why, a line each. */
  readonly skipped: readonly string[];
}

/** Where it was measured; `load` is the mean of the last minute, before and after. */
export interface Machine {
  readonly os: string;
  readonly arch: string;
  readonly cores: number;
  readonly load: { readonly before: number; readonly after: number };
}

/** One measure of every program that has it. */
export interface MeasureReport {
  readonly title: string;
  readonly unit: Unit;
  readonly better: "less" | "more";
  /** By the program's name. */
  readonly results: Readonly<Record<string, Result>>;
}

/** One measure of one program. */
export interface Result extends Summary {
  readonly runs: number;
  /** A peer's median divided by porthole's. */
  readonly ratio?: number;
  /** Its median divided by that of a compiled program that does nothing. */
  readonly of_floor?: number;
}

/** Figures, and the program that they are of. */
export interface ProgramFigure extends Figure {
  readonly program: string;
}

/** Sums up some numbers, of which there is one at least. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const last = sorted.length - 1;
  return {
    median: (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2,
    min: at(0),
    max: at(last),
  };
}

/** Sums up the figures of all runs, measure by measure. */
export function reportMeasures(
  figures: readonly ProgramFigure[],
): BenchReport["measures"] {
  const floorOf = (name: MeasureName) => {
    const values = figures.filter(({ program, measure }) =>
      program === FLOOR && measure === aboveFloor[name]
    ).map(({ value }) => value);
    return values.length === 0 ? undefined : summarize(values).median;
  };
  return Object.fromEntries(
    Object.entries(measures).flatMap(([name, { title, unit }]) => {
      const found = figures.filter(({ measure }) => measure === name);
      if (found.length === 0) return [];
      const better = unit.endsWith("/s") ? "more" : "less";
      const results = reportResults(found, floorOf(name as MeasureName));
      return [[name, { title, unit, better, results }]];
    }),
  );
}

function reportResults(
  figures: readonly ProgramFigure[],
  floor: number | undefined,
): MeasureReport["results"] {
  const values = Map.groupBy(figures, ({ program }) => program);
  const sums = [...values].map(([program, found]) => ({
    program,
    runs: found.length,
    ...summarize(found.map(({ value }) => value)),
  }));
  const own = sums.find(({ program }) => program === "porthole")?.median;
  return Object.fromEntries(
    sums.map(({ program, ...sum }) => [program, {
      ...sum,
      ...(program === "porthole" || own === undefined
        ? {}
        : { ratio: sum.median / own }),
      ...(program === FLOOR || floor === undefined
        ? {}
        : { of_floor: sum.median / floor }),
    }]),
  );
}
