import type { RackUserAction } from "../../args/rack_server.ts";
import type { SharedFlags } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { alignColumns } from "../../output/align_columns.ts";
import { present } from "../../present.ts";
import { quoteValue, toLine } from "../../quote_value.ts";
import { formatScope, parseScope } from "../../rack/users/scope.ts";
import { createToken } from "../../rack/users/token.ts";
import { isExpired, USER_NAME } from "../../rack/users/user.ts";
import type { Report } from "../../report/report.ts";
import { openUserStore } from "./open_user_store.ts";

/** `porthole rack user`: who may use a rack, where it keeps them. */
export async function keepUsers(
  action: RackUserAction,
  shared: SharedFlags,
  deps: Deps,
  log: Log,
): Promise<Report> {
  const user = action.change === "add" ? planUser(action, deps) : undefined;
  const store = await openUserStore(action.users, shared, deps, log);
  if (user !== undefined) {
    await store.add(user.record);
    log.info(
      `User ${user.record.name} was added; the token is shown this once`,
    );
    return { stdout: `${user.token}\n`, status: 0 };
  }
  if (action.change === "remove") {
    if (!USER_NAME.test(action.name) || !await store.remove(action.name)) {
      throw new PortholeError(
        "usage",
        `Cannot remove user ${quoteValue(action.name)}: there is no such user`,
        { hint: "porthole rack user list shows them" },
      );
    }
    return { stdout: `Removed user ${quoteValue(action.name)}\n`, status: 0 };
  }
  const { users, unreadable } = await store.read();
  for (const name of unreadable) {
    log.warn(`User ${quoteValue(name)} cannot be read, and is refused`);
  }
  if (users.length + unreadable.length === 0) log.info("There are no users");
  const rows = users.toSorted((a, b) => a.name < b.name ? -1 : 1).map((user) =>
    [
      user.name,
      [
        ...user.scopes.map(formatScope),
        ...(user.admin ? ["admin"] : []),
        ...(user.expires === undefined ? [] : [
          `${
            isExpired(user, deps.now()) ? "expired" : "expires"
          } ${user.expires.toISOString()}`,
        ]),
      ].join(" "),
    ] as const
  );
  return {
    stdout: alignColumns(rows).map((line) => `${toLine(line)}\n`).join(""),
    status: 0,
  };
}

function planUser(
  { name, allow, admin, expiresMs }: Extract<RackUserAction, { change: "add" }>,
  { now }: Pick<Deps, "now">,
) {
  if (!USER_NAME.test(name)) {
    throw usageError(
      `Cannot use ${quoteValue(name)} as the name of a user`,
      "A name has 2 to 32 lowercase letters, digits, dashes and underscores",
    );
  }
  const scopes = allow.map((text) => {
    const scope = parseScope(text);
    if (scope !== undefined) return scope;
    throw usageError(
      `Cannot use ${quoteValue(text)} as --allow`,
      "It is list:, exec: or run:, then CLUSTER/SERVICE; * stands for any one name",
    );
  });
  const { token, id, sha256 } = createToken(name);
  const created = now();
  return {
    token,
    record: present({
      name,
      id,
      sha256,
      scopes,
      admin,
      created,
      expires: expiresMs === undefined
        ? undefined
        : new Date(created.getTime() + expiresMs),
    }),
  };
}
