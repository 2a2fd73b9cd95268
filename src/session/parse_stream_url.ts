const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

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
    (url.protocol === "ws:" && LOOPBACK.test(url.hostname))
  ) return { kind: "url", url };
  return {
    kind: "refused",
    reason: "its address is neither wss:// nor on this machine",
  };
}
