import { messageOf } from "./errors.ts";

/**
 * Why a fetch failed, without the layers that Deno wraps around it: "error sending request for url (…):
 * client error (Connect): …", from Deno 2.9 on the cause of a "fetch failed".
 */
export function tellFetchFailure(error: unknown): string {
  const reason = error instanceof TypeError && error.message === "fetch failed"
    ? error.cause
    : error;
  return messageOf(reason)
    .replace(/^error sending request for url \([^)]*\)(: )?/, "")
    .replace(/^client error \(\w+\): /, "")
    .replace(/^tcp connect error: /, "")
    .replace(/ \(os error \d+\)$/, "")
    .replace(/^(dns error: )failed to lookup address information: /, "$1");
}
