import type { Rack } from "../../access/rack/rack.ts";
import { usageError } from "../../args/usage_error.ts";
import { quoteValue } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { openRack } from "../../start/open_rack.ts";
import { type ChangeTools, makeChange } from "./change_parameters.ts";

/** `porthole rack update`: asks a rack to become another version of itself. */
export async function updateRack(
  rack: Rack,
  version: string,
  tools: ChangeTools,
): Promise<Report> {
  if (!/^[\w.-]{1,64}$/.test(version)) {
    throw usageError(
      `Cannot update to ${quoteValue(version)}: it is not a version`,
      "Convox's versions have 14 digits: 20261005214736",
    );
  }
  return await makeChange(`Updating to ${version}`, { version }, {
    client: openRack(rack, tools.deps),
    differs: (system) =>
      [system.version, system.portholeVersion].includes(version)
        ? undefined
        : `its version is ${
          quoteValue(system.portholeVersion ?? system.version ?? "")
        }`,
    ...tools,
  });
}
