import type { SessionGrant } from "../../access/access.ts";
import { PortholeError } from "../../errors.ts";
import { parseStreamUrl } from "../../session/parse_stream_url.ts";

/** What a caller of session-manager-plugin asks for. */
export interface PluginCall {
  readonly grant: SessionGrant;
  /** Empty where the caller names none. */
  readonly region: string;
  readonly profile: string | undefined;
  /** SSM's, or ECS's where `aws ecs` calls. */
  readonly endpoint: string | undefined;
  /** The document of the session; `aws ecs` names none. */
  readonly document: string | undefined;
  /** Whether errors were to come apart from the output: only then does AWS's agent report a command's status. */
  readonly separate: boolean;
}

/** The names of variables that hold a session begin like this. */
const SESSION_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE";

/** Whether words are a call of AWS's plugin, and not of a verb of porthole's. */
export function isPluginCall([first]: readonly string[]): boolean {
  return first === undefined || first === "--version" || holdsSession(first) ||
    namesVariable(first);
}

/** Whether a word is the session itself, which then is in every list of processes. */
function holdsSession(word: string | undefined): boolean {
  return word?.trimStart().startsWith("{") ?? false;
}

/** Whether a word is a session with all of its fields, as the AWS CLI hands it over. */
export function holdsWholeSession(word: string): boolean {
  if (!holdsSession(word)) return false;
  try {
    readSession(word);
    return true;
  } catch {
    return false;
  }
}

function namesVariable(word: string): boolean {
  return word.startsWith(SESSION_VARIABLE);
}

/**
 * Reads the words of a call: the session or the name of its variable, the region, `StartSession`, the
 * profile, the request, the endpoint (session-manager-plugin, `src/sessionmanagerplugin/session`).
 *
 * @throws {PortholeError} usage, never with anything of the session in it.
 */
export function readPluginCall(
  [session = "", region = "", , profile, request, endpoint]: readonly string[],
  env: (name: string) => string | undefined,
): PluginCall {
  const text = holdsSession(session) ? session : env(session);
  if (text === undefined || text === "") {
    throw refuse(`the variable ${SESSION_VARIABLE} is not set`);
  }
  const { sessionId, streamUrl, tokenValue } = readSession(text);
  const address = parseStreamUrl(streamUrl);
  if (address.kind === "refused") {
    throw refuse(`the session cannot be dialed: ${address.reason}`);
  }
  const asked = request === undefined || request === ""
    ? new Map<string, string>()
    : readObject(request);
  const target = asked.get("target") ?? "";
  return {
    grant: { sessionId, streamUrl, tokenValue, target },
    region,
    profile: profile || undefined,
    endpoint: endpoint || undefined,
    document: asked.get("documentname"),
    separate: isSeparate(request),
  };
}

function readSession(text: string): Omit<SessionGrant, "target"> {
  const fields = readObject(text);
  const sessionId = fields.get("sessionid");
  const streamUrl = fields.get("streamurl");
  const tokenValue = fields.get("tokenvalue");
  if (!sessionId || !streamUrl || !tokenValue) {
    throw refuse("the session needs SessionId, StreamUrl and TokenValue");
  }
  return { sessionId, streamUrl, tokenValue };
}

/** A parameter of AWS-StartNonInteractiveCommand; its values are lists of texts. */
function isSeparate(request: string | undefined): boolean {
  const parameters = request ? parseObject(request)["Parameters"] : undefined;
  const value = typeof parameters === "object" && parameters !== null
    ? (parameters as Readonly<Record<string, unknown>>)["separateOutputStream"]
    : undefined;
  return /^true$/i.test(String(value));
}

/** The texts of an object, by their names in lower case: the AWS CLI and ECS write them differently. */
function readObject(text: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(parseObject(text)).flatMap(([name, value]) =>
      typeof value === "string" ? [[name.toLowerCase(), value] as const] : []
    ),
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse("it is not a JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function refuse(because: string): PortholeError {
  return new PortholeError("usage", {
    cannot: "read the session that the caller hands over",
    because,
  });
}
