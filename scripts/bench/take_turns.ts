import type { Measurement } from "./measures.ts";
import type { ProgramFigure } from "./report.ts";

/** What was measured, and what could not be, a line each. */
export interface Measured {
  readonly figures: readonly ProgramFigure[];
  readonly skipped: readonly string[];
}

/**
 * Runs everything so many times, by turns, so that a busy moment does not fall on one of them alone; a turn
 * before the first warms up. A peer that fails is left out from then on; porthole must not fail.
 */
export async function takeTurns(
  measurements: readonly Measurement[],
  turns: number,
): Promise<Measured> {
  const figures: ProgramFigure[] = [];
  const failed = new Map<Measurement, string>();
  for (let turn = 0; turn <= turns; turn++) {
    for (const measurement of measurements) {
      const { program, everyTurn, run } = measurement;
      const due = turn === 0 ? everyTurn === 1 : (turn - 1) % everyTurn === 0;
      if (!due || failed.has(measurement)) continue;
      try {
        const found = await run();
        if (turn === 0) continue;
        figures.push(...found.map((figure) => ({ ...figure, program })));
      } catch (error) {
        // A peer may be of another version, or not be able to.
        if (program === "porthole" || !(error instanceof Error)) throw error;
        failed.set(measurement, `${program}: ${error.message}`);
      }
    }
  }
  return { figures, skipped: [...failed.values()] };
}
