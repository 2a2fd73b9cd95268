import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";

/** Where a Docker daemon listens. */
export type DockerAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    readonly host: string;
    /** Absent: Docker's own, 2376 with TLS and 2375 without. */
    readonly port: number | undefined;
  }
  | {
    readonly kind: "ssh";
    readonly user: string | undefined;
    readonly host: string;
    readonly port: number | undefined;
  };

/** The setting that names the daemon, for error texts. */
export const HOST_SETTING = "exec.docker.host";

const PASSWORD = /(:\/\/[^/@:]*:)[^/]*@/;
const FORMS =
  "it is unix:///PATH, tcp://HOST[:PORT] or ssh://[USER@]HOST[:PORT]";

/**
 * Reads an address as DOCKER_HOST writes it.
 *
 * @throws PortholeError config_invalid
 */
export function parseDockerAddress(text: string): DockerAddress {
  const refuse = (why: string): never => {
    throw new PortholeError(
      "config_invalid",
      `Cannot use ${
        quoteValue(text.replace(PASSWORD, "$1…@"))
      } as a Docker host: ${why}`,
      { hint: `set ${HOST_SETTING}: ${FORMS}` },
    );
  };
  const [, scheme = "", rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case "unix":
      return rest.startsWith("/")
        ? { kind: "unix", path: rest }
        : refuse("the socket's path is not absolute");
    case "tcp": {
      const { user, host, port } = readAuthority(rest, refuse);
      return user === undefined
        ? { kind: "tcp", host, port }
        : refuse("tcp:// has no user");
    }
    case "ssh":
      return { kind: "ssh", ...readAuthority(rest, refuse) };
    case "npipe":
      return refuse("named pipes are not supported");
    default:
      return refuse(FORMS);
  }
}

interface Authority {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** A name that begins with a dash would be an option to ssh. */
const AUTHORITY =
  /^(?:([\w.+\\@-]+)@)?(?:\[([\da-fA-F:.]+)\]|(\w[\w.-]*))(?::(\d+))?$/;

/** Takes `[USER@]HOST[:PORT]` apart, and names the part that it cannot be. */
function readAuthority(
  text: string,
  refuse: (why: string) => never,
): Authority {
  const [, authority = "", beyond = ""] = /^([^/?#]*)(.*)$/s.exec(text) ?? [];
  if (!["", "/"].includes(beyond)) {
    refuse(
      `nothing may follow the host and port, but ${quoteValue(beyond)} does`,
    );
  }
  const [, user, ipv6, name, digits] = AUTHORITY.exec(authority) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined) return refuse(findFault(authority));
  if (user?.startsWith("-")) refuse("the user begins with a dash");
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    refuse(`${digits} is not a port: it is 1 to 65535`);
  }
  return { user, host, port };
}

function findFault(authority: string): string {
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(at, 0));
  const place = authority.slice(at + 1);
  if (user.includes(":")) {
    return "it must not contain a password: ssh uses an agent or a key";
  }
  const [host = "", ...rest] = place.split(":");
  if (rest.length > 1 && !place.startsWith("[")) {
    return "an IPv6 address must be in brackets";
  }
  if (host === "") return "it names no host";
  if (rest[0] === "" || /\D/.test(rest[0] ?? "") && !place.startsWith("[")) {
    return `${quoteValue(rest[0] ?? "")} is not a port`;
  }
  return `${quoteValue(authority)} is not a host`;
}

/** Writes an address as DOCKER_HOST does. */
export function formatDockerAddress(address: DockerAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const user = address.kind === "ssh" && address.user !== undefined
    ? `${address.user}@`
    : "";
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const port = address.port === undefined ? "" : `:${address.port}`;
  return `${address.kind}://${user}${host}${port}`;
}
