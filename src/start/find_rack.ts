import { parseRackUrl } from "../access/rack/parse_rack_url.ts";
import type { Rack } from "../access/rack/rack.ts";
import { closestName } from "../closest_name.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { describeSource } from "../output/describe_source.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import { findConvoxRack } from "../state/convox_settings.ts";
import {
  openRackLogins,
  RACK_NAME,
  type RackLogin,
  type RackLogins,
} from "../state/rack_logins.ts";

/** What finding a rack needs of the outside. */
export type FindRackDeps =
  & Parameters<typeof openRackLogins>[0]
  & Pick<Deps, "readTextFile">;

/** Of a rack without a stored login. */
const PUBLIC: Pick<Rack, "tls" | "streamHosts"> = {
  tls: { kind: "public" },
  streamHosts: [],
};

/**
 * Finds the rack that a flag, a variable or a file names. A file may only name what a login has stored: a project
 * that was cloned must not send commands elsewhere.
 *
 * @throws {PortholeError} rack_not_found, usage.
 */
export async function findRack(
  { value, source }: Setting<string>,
  deps: FindRackDeps,
): Promise<Rack> {
  const logins = openRackLogins(deps);
  const isUrl = value.includes("://");
  if (isUrl && source.kind !== "file") {
    return await findByUrl(value, source, logins);
  }
  const login = await logins.read(value);
  if (login !== undefined) return makeRack(value, login);
  if (source.kind !== "file") {
    const theirs = /^[\w.-]+(?::\d+)?$/.test(value)
      ? await findConvoxRack(value, deps)
      : undefined;
    if (theirs !== undefined) {
      const said = `the rack ${quoteValue(value)} of ${theirs.path}`;
      const { url, token = theirs.token } = parseRackUrl(theirs.url, said);
      if (token !== undefined) {
        return { name: value, url, token, ...PUBLIC };
      }
    }
  }
  throw await refuseName(value, source, logins);
}

async function findByUrl(
  text: string,
  source: Setting<string>["source"],
  logins: RackLogins,
): Promise<Rack> {
  const said = source.kind === "env" ? `the URL in ${source.name}` : "--rack";
  const { url, token } = parseRackUrl(text, said);
  if (token !== undefined) {
    if (source.kind !== "env") {
      throw new PortholeError(
        "usage",
        "Cannot use --rack: its URL holds a password, which other users of this machine can see",
        {
          hint:
            "porthole rack login stores it; PORTHOLE_RACK may hold such a URL",
        },
      );
    }
    return { name: url.host, url, token, ...PUBLIC };
  }
  for (const name of await logins.list()) {
    const login = await logins.read(name);
    if (login !== undefined && URL.parse(login.url)?.origin === url.origin) {
      return { ...makeRack(name, login), url };
    }
  }
  throw new PortholeError(
    "rack_not_found",
    `Cannot find a token for ${url.origin}: no login to it is stored`,
    { hint: `porthole rack login ${url.origin}` },
  );
}

/** A rack as its login was stored. */
export function makeRack(name: string, login: RackLogin): Rack {
  const { url } = parseRackUrl(login.url, `the stored login "${name}"`);
  return {
    name,
    url,
    token: login.token,
    tls: login.tls,
    streamHosts: login.streamHosts,
  };
}

/** The error of a name that no login has. */
export async function refuseName(
  name: string,
  source: Setting<string>["source"],
  logins: RackLogins,
): Promise<PortholeError> {
  const names = await logins.list();
  const near = closestName(name, names);
  const from = source.kind === "file" ? ` (${describeSource(source)})` : "";
  return new PortholeError(
    "rack_not_found",
    `Cannot find rack ${
      quoteValue(hidePassword(name))
    }${from}: no login of that name is stored`,
    {
      hint: near !== undefined
        ? `did you mean "${near}"?`
        : RACK_NAME.test(name)
        ? `porthole rack login HOST --name ${name}`
        : "porthole rack list shows the stored ones",
    },
  );
}

/** No name has an `@`: what stands before one may be a password. */
function hidePassword(name: string): string {
  return name.replace(/^(\w+:\/\/)?.*@/s, "$1...@");
}
