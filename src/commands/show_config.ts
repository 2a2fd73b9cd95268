import type { ConfigShowInvocation } from "../args/invocation.ts";
import { createParameterReader } from "../aws/read_parameter.ts";
import { readProfileRegion } from "../aws/read_profile_region.ts";
import { loadConfig } from "../config/load_config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { formatConfig } from "../output/format_config.ts";
import type { Report } from "./report.ts";

/** `porthole config show`: the settings that an exec would have, and where they come from. */
export async function showConfig(
  invocation: ConfigShowInvocation,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const { config, warnings } = await loadConfig(
    invocation,
    deps,
    { readProfileRegion, createParameterReader },
  );
  for (const warning of warnings) log.warn(warning);
  return { stdout: formatConfig(config, invocation.output), status: 0 };
}
