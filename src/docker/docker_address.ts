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
      `Cannot use ${quoteValue(text)} as a Docker host: ${why}`,
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
      const { user, host, port } = parseAuthority(rest) ??
        refuse("it names no host and port");
      return user === undefined
        ? { kind: "tcp", host, port }
        : refuse("tcp:// takes no user");
    }
    case "ssh":
      return {
        kind: "ssh",
        ...parseAuthority(rest) ?? refuse("it names no host"),
      };
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
  /^(?:([\w.+\\@-]+)@)?(?:\[([\da-fA-F:.]+)\]|(\w[\w.-]*))(?::(\d{1,5}))?\/?$/;

function parseAuthority(text: string): Authority | undefined {
  const [, user, ipv6, name, digits] = AUTHORITY.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || user?.startsWith("-")) return undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { user, host, port };
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

/** Whether a host is this machine itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/.test(host);
}
