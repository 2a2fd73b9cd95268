import type { Rack } from "../../access/rack/rack.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { alignColumns } from "../../output/align_columns.ts";
import { quoteValue, toLine } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { findRack, type FindRackDeps } from "../../start/find_rack.ts";
import { openRackLogins } from "../../state/rack_logins.ts";

/** `porthole rack list`: the stored logins, a `*` before the one in use. */
export async function listRacks(
  deps: FindRackDeps,
  log: Pick<Log, "info">,
): Promise<Report> {
  const logins = openRackLogins(deps);
  const used = await logins.readUsed();
  const rows: (readonly [string, string])[] = [];
  for (const name of await logins.list()) {
    const login = await logins.read(name);
    rows.push([`${name === used ? "*" : " "} ${name}`, login?.url ?? ""]);
  }
  if (rows.length === 0) {
    log.info("No login is stored; porthole rack login HOST stores one");
  }
  const lines = alignColumns(rows).map((line) => `${toLine(line)}\n`);
  return { stdout: lines.join(""), status: 0 };
}

/** `porthole rack use`. */
export async function useRack(
  name: string,
  deps: FindRackDeps,
): Promise<Report> {
  const { url } = await findRack({ value: name, source: { kind: "target" } }, {
    ...deps,
  });
  await openRackLogins(deps).writeUsed(name);
  return {
    stdout: `Using rack ${quoteValue(name)} (${url.origin})\n`,
    status: 0,
  };
}

/** `porthole rack logout`: forgets the token, of which the rack learns nothing. */
export async function logOut(
  { name }: Pick<Rack, "name">,
  deps: Pick<Deps, "platform" | "env"> & FindRackDeps,
): Promise<Report> {
  if (await openRackLogins(deps).remove(name)) {
    return { stdout: `Logged out of rack ${quoteValue(name)}\n`, status: 0 };
  }
  throw new PortholeError(
    "rack_not_found",
    `Cannot log out of rack ${
      quoteValue(name)
    }: porthole has stored no login to it`,
    { hint: "porthole rack list shows the stored ones" },
  );
}
