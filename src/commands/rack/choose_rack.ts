import type { Rack } from "../../access/rack/rack.ts";
import type { SharedFlags } from "../../args/invocation.ts";
import { PortholeError } from "../../errors.ts";
import type { Setting } from "../../setting.ts";
import { findRack, type FindRackDeps } from "../../start/find_rack.ts";
import { openRackLogins } from "../../state/rack_logins.ts";

/**
 * The rack that is meant: the one that is named, else that of `--rack` or PORTHOLE_RACK, else that of
 * `porthole rack use`, else the only one there is.
 *
 * @throws {PortholeError} rack_not_found
 */
export async function chooseRack(
  name: string | undefined,
  { rack }: Pick<SharedFlags, "rack">,
  deps: FindRackDeps,
): Promise<Rack> {
  const named: Setting<string> | undefined = name === undefined
    ? rack
    : { value: name, source: { kind: "target" } };
  if (named !== undefined) return await findRack(named, deps);
  const logins = openRackLogins(deps);
  const names = await logins.list();
  const used = await logins.readUsed() ??
    (names.length === 1 ? names[0] : undefined);
  if (used !== undefined) {
    return await findRack(
      { value: used, source: { kind: "default" } },
      deps,
    );
  }
  throw new PortholeError(
    "rack_not_found",
    names.length === 0
      ? "Cannot choose a rack: no login is stored"
      : "Cannot choose a rack: several logins are stored, and none is chosen",
    {
      hint: names.length === 0
        ? "porthole rack login HOST"
        : `porthole rack use NAME chooses one of ${names.join(", ")}`,
    },
  );
}
