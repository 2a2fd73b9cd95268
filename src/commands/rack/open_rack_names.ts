import { createRackDirectory } from "../../access/rack/create_rack_directory.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import type { Setting } from "../../setting.ts";
import { findRack } from "../../start/find_rack.ts";
import { openRack } from "../../start/open_rack.ts";

/** The names that a rack knows, for a word that is typed; its only app stands for the cluster where none is named. */
export async function openRackNames(
  config: Config & { readonly rack: Setting<string> },
  deps: Deps,
) {
  const rack = await findRack(config.rack, deps);
  const access = createRackDirectory(openRack(rack, deps), "");
  if (config.cluster.source.kind !== "default") return { config, access };
  const [app, ...others] = await access.listClusters();
  const cluster = others.length === 0 && app !== undefined
    ? { ...config.cluster, value: app }
    : config.cluster;
  return { config: { ...config, cluster }, access };
}
