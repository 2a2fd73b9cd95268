import type { PortWord } from "../../args/parse_port.ts";
import type { ForwardInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";

/** A local port that is listened on, and what it is forwarded to. */
export interface LocalPort {
  readonly word: PortWord;
  readonly address: string;
  /** The number, also where any was good. */
  readonly local: number;
  readonly listener: Deno.TcpListener;
}

/** How hints say that another local port can be chosen. */
export interface PortHints {
  readonly another: string;
  readonly anyFree: string;
}

const OWN_HINTS: PortHints = {
  another: "LOCAL:PORT names another local port",
  anyFree: "0:PORT uses any that is free",
};

/**
 * Listens on every port, before anything is asked of AWS.
 *
 * @throws {PortholeError} cannot_listen; then none is listened on.
 */
export function listenOnPorts(
  { ports, address }: Pick<ForwardInvocation, "ports" | "address">,
  { listen }: Pick<Deps, "listen">,
  hints: PortHints = OWN_HINTS,
): readonly LocalPort[] {
  const opened: LocalPort[] = [];
  for (const word of ports) {
    try {
      const listener = listen({ hostname: address, port: word.local });
      const { hostname, port } = listener.addr;
      opened.push({ word, address: hostname, local: port, listener });
    } catch (error) {
      for (const { listener } of opened) listener.close();
      throw explainListening(error, address, word.local, hints);
    }
  }
  return opened;
}

function explainListening(
  error: unknown,
  address: string,
  port: number,
  { another, anyFree }: PortHints,
): PortholeError {
  const [because, hint] = error instanceof Deno.errors.AddrInUse
    ? [
      "another program uses it",
      `${another}; ${anyFree}`,
    ]
    : error instanceof Deno.errors.PermissionDenied
    ? [
      "the system does not allow it",
      `ports below 1024 often need root; ${another}`,
    ]
    : [messageOf(error), "--address needs an address of this machine"];
  return new PortholeError(
    "cannot_listen",
    `Cannot listen on port ${port} of ${quoteValue(address)}: ${because}`,
    { hint, cause: error },
  );
}
