import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import { usageError } from "./usage_error.ts";

/** A port to forward, as it was typed. */
export interface PortWord {
  /** 0 is any that is free. */
  readonly local: number;
  /** A name or address that the task reaches; absent: the container's own. Without brackets. */
  readonly host?: string;
  readonly port: number;
}

const FORMS =
  "A port is written as [LOCAL:][HOST:]PORT: 5432, 8080:80, 0:80 (any free port), 5432:db.internal:5432, 8080:[fd00::1]:80";
const PORT = /^(?:(\d+):)?(?:(\[[^\]]*\]|[^:[\]]*):)?(\d+)$/;
const NAME = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?$/;
const LAST_PORT = 65_535;

/** Reads `[LOCAL:][HOST:]PORT`; `:PORT` is `0:PORT`, as it is for kubectl. */
export function parsePort(text: string): PortWord {
  if (/^:\d+$/.test(text)) return parsePort(`0${text}`);
  const refuse = (why: string, hint = FORMS) =>
    usageError(`Cannot forward ${quoteValue(text)}: ${why}`, hint);
  const [, local, host, port] = PORT.exec(text) ?? [];
  if (port === undefined) {
    const [, address, rest] = /^(\d+(?:\.\d+){3}|localhost):(\d+:\d+)$/
      .exec(text) ?? [];
    throw address === undefined ? refuse("it is not a port") : refuse(
      "the local address is not part of it",
      `Write it as ${rest} --address ${address}`,
    );
  }
  if (Number(port) < 1 || Number(port) > LAST_PORT) {
    throw refuse(`the remote port must be from 1 to ${LAST_PORT}`);
  }
  if (Number(local ?? port) > LAST_PORT) {
    throw refuse(`the local port must be from 0 to ${LAST_PORT}`);
  }
  const plain = host?.replace(/^\[(.*)\]$/, "$1");
  if (plain !== undefined && !isHost(plain, plain !== host)) {
    throw refuse(`${quoteValue(host!)} is not a host name or address`);
  }
  return {
    local: Number(local ?? port),
    ...present({ host: plain }),
    port: Number(port),
  };
}

/** Whether a word has the form of a port, and not of a TARGET; a number is a port as long as there is such a port. */
export function looksLikePort(text: string): boolean {
  return PORT.test(text) &&
    (text.includes(":") || Number(text) <= LAST_PORT);
}

function isHost(host: string, bracketed: boolean): boolean {
  if (bracketed) return IPV6.test(host);
  return NAME.test(host) && !/^\d+$/.test(host);
}
