import { PortholeError } from "../../errors.ts";
import { isLoopback } from "../../is_loopback.ts";

/** What a rack's URL says. */
export interface RackAddress {
  readonly url: URL;
  /** The password in it, decoded; the user's name means nothing to a rack. */
  readonly token?: string;
}

/**
 * Reads the URL of a rack, or its host alone, which means https. The text may hold a password: no error shows it.
 *
 * @throws {PortholeError} usage for what is not such a URL, and for plain http to another machine.
 */
export function parseRackUrl(text: string, said: string): RackAddress {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  const refuse = (why: string, hint?: string) =>
    new PortholeError("usage", `Cannot use ${said}: ${why}`, { hint });
  if (url === null || url.hostname === "") {
    throw refuse("it is not the URL of a rack", FORM);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refuse("a rack's URL begins with https://", FORM);
  }
  if (url.search !== "" || url.hash !== "") {
    throw refuse("a rack's URL has no query and no fragment", FORM);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw refuse(
      "http:// is for this machine alone: the token would travel unencrypted",
      "Use https://; --ca or --pin trusts a certificate that is not public",
    );
  }
  const token = decodePassword(url.password);
  url.username = "";
  url.password = "";
  return { url, ...(token === "" ? {} : { token }) };
}

const FORM = "Write it as https://HOST or https://HOST:PORT";

function decodePassword(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
