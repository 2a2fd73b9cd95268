import type { Log } from "../../src/log.ts";

/** A log that keeps its lines, each behind its level. */
export function recordLog(): { readonly log: Log; readonly said: string[] } {
  const said: string[] = [];
  const log: Log = {
    debug: () => {},
    info: (text) => void said.push(`info: ${text}`),
    warn: (text) => void said.push(`warn: ${text}`),
    withPrefix: () => log,
    hush: () => {},
    isQuiet: () => false,
  };
  return { log, said };
}
