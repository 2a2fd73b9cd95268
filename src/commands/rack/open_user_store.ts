import type { SharedFlags } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Aws } from "../../aws/create_aws.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import { quoteValue } from "../../quote_value.ts";
import {
  createFileStore,
  createSsmStore,
  parseUserPlace,
  type UserPlace,
  type UserStore,
} from "../../rack/users/user_store.ts";
import {
  openAwsClient,
  type OpenedConfig,
  readConfig,
} from "../../start/open_access.ts";

/** Opens the store that `--users` names. AWS is asked only for one in the Parameter Store. */
export async function openUserStore(
  typed: string,
  shared: SharedFlags,
  deps: Deps,
  log: Log,
): Promise<UserStore> {
  const place = readPlace(typed);
  if (place.kind === "file") return createFileStore(place.path, deps);
  const config = await readServerConfig(shared, deps, log);
  return createSsmStore(
    place.path,
    openAwsClient(config, shared, deps, log),
  );
}

/** The same for a rack, which asks AWS anyway. */
export function openServedStore(
  typed: string,
  aws: Aws,
  deps: Deps,
): UserStore {
  const place = readPlace(typed);
  return place.kind === "file"
    ? createFileStore(place.path, deps)
    : createSsmStore(place.path, aws);
}

/** The configuration that a rack is given: `--config` or PORTHOLE_CONFIG; none is looked for, and no other rack is asked. */
export async function readServerConfig(
  shared: SharedFlags,
  deps: Deps,
  log: Log,
): Promise<OpenedConfig> {
  const { config = NONE } = shared;
  return await readConfig(
    { shared: { ...shared, config, rack: NONE } },
    deps,
    log,
  );
}

const NONE = { value: "none", source: { kind: "default" } } as const;

function readPlace(typed: string): UserPlace {
  const place = parseUserPlace(typed);
  if (place !== undefined) return place;
  throw usageError(
    `Cannot use ${quoteValue(typed)} as --users`,
    "It is ssm:/PATH or file:FILE",
  );
}
