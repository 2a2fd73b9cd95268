import type { PortWord } from "../../args/parse_port.ts";

/** The remote end of a port, as texts name it. */
export function nameRemote(
  { host, port }: {
    readonly host?: string | undefined;
    readonly port: PortWord["port"];
  },
): string {
  return host === undefined ? `port ${port}` : joinAddress(host, port);
}

/** An address and its port, as they can be typed. */
export function joinAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
