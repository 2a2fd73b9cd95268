import type { RackFacts } from "../../diagnosis/checks/check_rack.ts";
import { look } from "../../diagnosis/seen.ts";
import type { Deps } from "../../deps.ts";
import type { Setting } from "../../setting.ts";
import { findRack } from "../../start/find_rack.ts";
import { askSystem, openRack } from "../../start/open_rack.ts";
import { limitLook } from "./limit_access.ts";

/** Connecting alone may take 15 s. */
const RACK_MS = 20_000;

/** Looks at a rack: whether it is known here, answers, takes the token, and which way its sessions go. */
export async function gatherRack(
  setting: Setting<string>,
  deps: Deps,
): Promise<RackFacts> {
  const rack = await look(findRack(setting, deps));
  if (rack.kind === "unseen") return { name: setting.value, address: rack };
  const { name, url } = rack.value;
  const system = await look(
    limitLook(askSystem(openRack(rack.value, deps)), deps, RACK_MS)
      .then(({ status, version, parameters }) => ({
        status,
        version,
        ecsExec: parameters["ECSExec"],
      })),
  );
  return { name, address: { kind: "seen", value: url.origin }, system };
}
