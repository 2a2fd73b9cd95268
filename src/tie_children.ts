import type { Deps, SpawnedProcess } from "./deps.ts";

/** The outside, and the end of what was started in it. */
export interface TiedDeps {
  readonly deps: Deps;
  /** Kills the programs that were started as `tied` and still run. */
  readonly endTied: () => void;
}

/**
 * Keeps account of programs that answer a question and are of no use without the asker: what hangs
 * would otherwise outlive porthole.
 */
export function tieChildren(deps: Deps): TiedDeps {
  const running = new Set<SpawnedProcess>();
  return {
    deps: {
      ...deps,
      spawn(options) {
        const child = deps.spawn(options);
        if (options.tied) {
          running.add(child);
          child.exit.finally(() => running.delete(child)).catch(() => {});
        }
        return child;
      },
    },
    endTied() {
      for (const child of running) child.kill("SIGKILL");
    },
  };
}
