import { isLoopback } from "../is_loopback.ts";

/**
 * Reads the address of a session's connection, which comes from AWS's answer and is trusted no further:
 * it is `wss://`, or `ws://` on this machine.
 */
export function parseStreamUrl(
  address: string,
):
  | { readonly kind: "url"; readonly url: URL }
  | { readonly kind: "refused"; readonly reason: string } {
  const url = URL.parse(address);
  if (url === null) {
    return { kind: "refused", reason: "its address is not a URL" };
  }
  if (
    url.protocol === "wss:" ||
    (url.protocol === "ws:" && isLoopback(url.hostname))
  ) return { kind: "url", url };
  return {
    kind: "refused",
    reason: "its address is neither wss:// nor on this machine",
  };
}
