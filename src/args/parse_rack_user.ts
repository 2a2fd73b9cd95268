import { parseDuration } from "../duration.ts";
import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import { refuseWithoutUsers } from "./parse_rack_serve.ts";
import type { RackUserAction } from "./rack_server.ts";
import {
  type FlagSources,
  readAll,
  readSwitch,
  readText,
} from "./read_flags.ts";
import { usageError } from "./usage_error.ts";

const FORMS = [
  "porthole rack user add NAME --allow exec:CLUSTER/SERVICE --users PLACE",
  "porthole rack user list --users PLACE",
  "porthole rack user remove NAME --users PLACE",
];

const DAY_MS = 24 * 3_600_000;

/** Makes sense of `porthole rack user …`. */
export function readUser(
  [change, name, surplus]: readonly string[],
  sources: FlagSources,
): RackUserAction {
  if (change !== "add" && change !== "list" && change !== "remove") {
    throw usageError(
      change === undefined
        ? 'Cannot run "rack user": a subcommand is missing'
        : `Cannot understand ${quoteValue(change)} after "rack user"`,
      FORMS,
    );
  }
  const extra = change === "list" ? name : surplus;
  if (extra !== undefined) {
    throw usageError(
      `Cannot understand ${quoteValue(extra)} after "rack user ${change}"`,
      FORMS,
    );
  }
  const misplaced = (["allow", "admin", "expires"] as const).find((flag) =>
    change !== "add" && sources.given.has(flag)
  );
  if (misplaced !== undefined) {
    throw usageError(`Cannot use "--${misplaced}" with "rack user ${change}"`);
  }
  const users = readText(sources, "users")?.value;
  if (users === undefined) {
    throw refuseWithoutUsers(`run "rack user ${change}"`);
  }
  if (change === "list") return { kind: "user", users, change };
  if (name === undefined) {
    throw usageError(
      `Cannot run "rack user ${change}": NAME is missing`,
      FORMS,
    );
  }
  if (change === "remove") return { kind: "user", users, change, name };
  const allow = readAll(sources, "allow");
  const admin = readSwitch(sources, "admin");
  if (allow.length === 0 && !admin) {
    throw usageError(
      `Cannot add ${quoteValue(name)}: the token would allow nothing`,
      "--allow exec:CLUSTER/SERVICE lets it enter that service's tasks",
    );
  }
  return present({
    kind: "user",
    users,
    change,
    name,
    allow,
    admin,
    expiresMs: readExpires(sources),
  });
}

function readExpires(sources: FlagSources): number | undefined {
  const text = readText(sources, "expires")?.value;
  if (text === undefined) return undefined;
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const ms = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (ms !== undefined && ms > 0) return ms;
  throw usageError(
    `Cannot use ${quoteValue(text)} as --expires: it is not a time from now`,
    'Write it as "90d" or "12h"',
  );
}
