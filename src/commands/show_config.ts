import type { ConfigShowInvocation } from "../args/invocation.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { formatConfig } from "../output/format_config.ts";
import { readConfig } from "../start/open_access.ts";
import type { Report } from "../report/report.ts";

/** `porthole config show`: the settings that an exec would have, and where they come from. */
export async function showConfig(
  invocation: ConfigShowInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const config = await readConfig(invocation, deps, log);
  return { stdout: formatConfig(config, invocation.output), status: 0 };
}
