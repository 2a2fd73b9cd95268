import type { Deps, SpawnedProcess, SpawnOptions } from "./deps.ts";

/** The outside, and the end of what was started in it. */
export interface TiedDeps {
  readonly deps: Deps;
  /** Kills the programs that were started as `tied` and still run. */
  readonly endTied: () => void;
}

/**
 * Keeps account of programs that answer a question and are of no use without the asker: what hangs
 * would otherwise outlive porthole. None but porthole itself gets to see the token of a rack.
 */
export function tieChildren(deps: Deps): TiedDeps {
  const running = new Set<SpawnedProcess>();
  return {
    deps: {
      ...deps,
      spawn(options) {
        const child = deps.spawn({ ...options, ...hideRack(options, deps) });
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

/** A URL in PORTHOLE_RACK may hold a token. */
function hideRack(
  { command, env }: SpawnOptions,
  deps: Pick<Deps, "env" | "programPath">,
): Pick<SpawnOptions, "env"> {
  return command === deps.programPath || !deps.env("PORTHOLE_RACK")
    ? {}
    : { env: { ...env, PORTHOLE_RACK: "" } };
}
