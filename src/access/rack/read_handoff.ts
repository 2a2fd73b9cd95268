import * as v from "../../schema.ts";
import { PortholeError } from "../../errors.ts";
import type { SessionGrant } from "../access.ts";
import { isLoopback } from "../../is_loopback.ts";
import type { Rack } from "./rack.ts";

/** A session that a rack hands off, and where AWS has it. */
export interface Handoff {
  readonly grant: SessionGrant;
  readonly region: string;
}

const HANDOFF = v.object({
  sessionId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{1,96}$/)),
  streamUrl: v.pipe(v.string(), v.maxLength(4096)),
  tokenValue: v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]+$/),
    v.maxLength(16_384),
  ),
  region: v.pipe(v.string(), v.regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/)),
});

/**
 * Reads what a rack hands off a session with. It says where our keys go, so nothing of it is taken on trust:
 * the stream must be AWS's own of that region, and of that session.
 *
 * @throws {PortholeError} session_refused; no value is shown: each may be secret.
 */
export function readHandoff(text: string, rack: Rack): Handoff {
  const refuse = (because: string) => refuseHandoff(rack, because);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  const result = v.safeParse(HANDOFF, value);
  if (!result.success) {
    const key = v.getDotPath(result.issues[0]) ?? "it";
    throw refuse(`${key} is missing, or is not what AWS's look like`);
  }
  const { sessionId, tokenValue, streamUrl, region } = result.output;
  checkStream({ sessionId, streamUrl, region }, rack);
  return {
    // Convox's CLI names the session as the plugin's target, too (convox/convox, sdk/sdk.go).
    grant: { sessionId, streamUrl, tokenValue, target: sessionId },
    region,
  };
}

/**
 * Checks that a stream URL is AWS's own of that region, and of that session; on this machine where the rack is.
 *
 * @throws {PortholeError} session_refused
 */
export function checkStream(
  { sessionId, streamUrl, region }: {
    readonly sessionId: string;
    readonly streamUrl: string;
    readonly region: string;
  },
  rack: Pick<Rack, "name" | "url" | "streamHosts">,
): void {
  const refuse = (because: string) => refuseHandoff(rack, because);
  const url = URL.parse(streamUrl);
  if (url === null) throw refuse("streamUrl is not a URL");
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    throw refuse("streamUrl has parts that AWS's have not");
  }
  const isLocal = isLoopback(url.hostname);
  if (isLocal && !isLoopback(rack.url.hostname)) {
    throw refuse("streamUrl leads to this machine");
  }
  if (url.protocol !== "wss:" && !(isLocal && url.protocol === "ws:")) {
    throw refuse("streamUrl does not begin with wss://");
  }
  const allowed = isLocal || url.host === streamHost(region) ||
    rack.streamHosts.includes(url.host);
  if (!allowed) {
    throw refuse(
      `streamUrl does not lead to ${
        streamHost(region)
      } (--allow-stream-host of porthole rack login allows another)`,
    );
  }
  if (url.pathname.split("/").at(-1) !== sessionId) {
    throw refuse("streamUrl is of another session");
  }
}

/** The error of a hand-off that is not used; no value is shown. */
export function refuseHandoff(
  { name }: Pick<Rack, "name">,
  because: string,
): PortholeError {
  return new PortholeError("session_refused", {
    cannot: `use the session that rack "${name}" hands off`,
    because,
  });
}

function streamHost(region: string): string {
  const domain = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  return `ssmmessages.${region}.${domain}`;
}
