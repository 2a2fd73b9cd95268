import { messageOf } from "./errors.ts";

/**
 * Why a fetch failed, without the layers that Deno wraps around it: "error sending request for url (…):
 * client error (Connect): …".
 */
export function tellFetchFailure(error: unknown): string {
  return messageOf(error)
    .replace(/^error sending request for url \([^)]*\)(: )?/, "")
    .replace(/^client error \(\w+\): /, "")
    .replace(/^tcp connect error: /, "")
    .replace(/ \(os error \d+\)$/, "")
    .replace(/^(dns error: )failed to lookup address information: /, "$1");
}
