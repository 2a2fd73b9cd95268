import type { Log } from "../../log.ts";

/** A log whose warnings are a client's to read; what helps with finding faults stays with the rack. */
export function collectLog(
  { debug }: Pick<Log, "debug">,
): { readonly log: Log; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const log: Log = {
    debug,
    info: () => {},
    warn: (text) => {
      if (warnings.length < 32) warnings.push(text);
    },
    withPrefix: () => log,
    hush: () => {},
    isQuiet: () => false,
  };
  return { log, warnings };
}
