import { parseRackUrl } from "../../access/rack/parse_rack_url.ts";
import type { RackTls } from "../../rack_tls.ts";
import type { RackAction, SharedFlags } from "../../args/invocation.ts";
import { usageError } from "../../args/usage_error.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { askSecret } from "../../prompt/ask_secret.ts";
import { quoteValue } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { openRack } from "../../start/open_rack.ts";
import { openRackLogins, RACK_NAME } from "../../state/rack_logins.ts";

/** No token is longer. */
const MOST_TOKEN_BYTES = 4096;
const MOST_CA_BYTES = 1024 * 1024;

/** `porthole rack login`: tries the token, and stores it where the rack takes it. */
export async function logIn(
  { host, name, ca, pin, streamHosts, tokenStdin }: Extract<
    RackAction,
    { kind: "login" }
  >,
  { noInput }: Pick<SharedFlags, "noInput">,
  deps: Deps,
): Promise<Report> {
  const { url, token: inUrl } = parseRackUrl(host, "HOST");
  if (inUrl !== undefined) {
    throw usageError(
      "Cannot use HOST: it holds a password, which other users of this machine can see",
      "Leave it out: porthole asks for it, or reads it with --token-stdin",
    );
  }
  const own = name ?? url.hostname.replace(/^\[|\]$/g, "").split(".")[0]!
    .replaceAll(":", "-");
  if (!RACK_NAME.test(own) || own === "none") {
    throw usageError(
      `Cannot use ${quoteValue(own)} as the name of a rack`,
      "A name has letters, digits, dots, dashes and underscores: --name NAME",
    );
  }
  for (const one of streamHosts) checkHost(one);
  const tls = await readTls({ ca, pin }, deps);
  const token = tokenStdin
    ? await readToken(deps)
    : await askToken(url.host, noInput, deps);
  if (!/^[\x20-\x7e]+$/.test(token)) {
    throw new PortholeError(
      "usage",
      `Cannot use this token: it ${
        token === "" ? "is empty" : "has characters that a request cannot carry"
      }`,
    );
  }
  const rack = { name: own, url, token, tls, streamHosts };
  await openRack(rack, deps).ask({ method: "GET", path: ["auth"] });
  const stored = { url: url.href, token, tls, streamHosts };
  await openRackLogins(deps).write(own, stored);
  return {
    stdout: `Logged in to rack ${quoteValue(own)} (${url.origin})\n`,
    status: 0,
  };
}

function checkHost(host: string): void {
  const url = URL.parse(`wss://${host}/`);
  if (url !== null && url.host === host && host !== "") return;
  throw usageError(
    `Cannot use ${
      quoteValue(host)
    } as --allow-stream-host: it is not a host name in lower case`,
  );
}

async function readTls(
  { ca, pin }: {
    readonly ca?: string | undefined;
    readonly pin?: string | undefined;
  },
  { readTextFile }: Pick<Deps, "readTextFile">,
): Promise<RackTls> {
  if (pin !== undefined) return { kind: "pin", sha256: pin };
  if (ca === undefined) return { kind: "public" };
  let pem: string;
  try {
    pem = await readTextFile(ca, { mostBytes: MOST_CA_BYTES });
  } catch (error) {
    throw new PortholeError(
      "io_failed",
      `Cannot read the certificates of --ca ${quoteValue(ca)}: ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new PortholeError(
      "io_failed",
      `Cannot use --ca ${quoteValue(ca)}: it has no certificate in PEM form`,
    );
  }
  return { kind: "ca", pem };
}

async function readToken({ stdin }: Pick<Deps, "stdin">): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdin.open()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_TOKEN_BYTES) {
      throw usageError("Cannot read the token: standard input is too long");
    }
  }
  return text.trim();
}

async function askToken(
  host: string,
  noInput: boolean,
  deps: Pick<Deps, "stdin" | "stderr" | "onSignal">,
): Promise<string> {
  if (noInput || !deps.stdin.isTerminal || !deps.stderr.isTerminal) {
    throw new PortholeError(
      "no_choice",
      `Cannot ask for the token of ${host}: ${
        noInput ? "--no-input is set" : "there is no terminal to ask on"
      }`,
      { hint: "--token-stdin reads it from standard input" },
    );
  }
  return (await askSecret(`Token for ${host}: `, deps)).trim();
}
