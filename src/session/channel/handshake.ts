import { Buffer } from "node:buffer";
import { PortholeError } from "../../errors.ts";
import { createEncryption, type Encryption } from "./encryption.ts";
import { MalformedMessage, PayloadType } from "./message.ts";

/** Asks KMS for the 64-byte data key of a session; `ciphertext` is what the agent decrypts. */
export type CreateDataKey = (
  keyId: string,
) => Promise<
  { readonly plaintext: Uint8Array; readonly ciphertext: Uint8Array }
>;

/** A message to answer with. */
export interface HandshakeReply {
  readonly payloadType: number;
  readonly payload: Uint8Array;
}

/** What the client claims to be: the agent changes its ways by this number. */
export const CLIENT_VERSION = "1.2.764.0";

/** What the agent says of the session in its handshake. */
export interface AgentGreeting {
  /** `3.3.40.0`; empty where it names none. */
  readonly agentVersion: string;
  /** Standard_Stream, InteractiveCommands, NonInteractiveCommands or Port; empty where it names none. */
  readonly sessionType: string;
  /** What the session's document says: of a port session `type`, `portNumber`, `host`. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * The exchange that precedes a session's output when it forwards ports, or the cluster has a KMS key.
 *
 * There is one, before any output, and it agrees on one key: an agent that asks again would have us call
 * KMS as often as it likes.
 */
export interface Handshake {
  /** Whether it has begun and is not complete: the agent drops what it is sent meanwhile. */
  isUnderWay(): boolean;
  /** What the request said, once it was answered. */
  greeting(): AgentGreeting | undefined;
  /** @throws MalformedMessage, or whatever `createDataKey` throws. */
  answerRequest(payload: Uint8Array): Promise<HandshakeReply>;
  /** @throws MalformedMessage, or PortholeError when the agent holds another key. */
  answerChallenge(payload: Uint8Array): HandshakeReply;
  /**
   * Ends it; returns the text an administrator configured for session starts, empty when there is none.
   *
   * @throws MalformedMessage
   */
  complete(payload: Uint8Array): string;
  /** What is sent for a payload of input. */
  encrypt(payload: Uint8Array): Uint8Array;
  /**
   * What a payload of output says.
   *
   * @throws MalformedMessage when it is not encrypted with the key that was asked for.
   */
  decrypt(payload: Uint8Array): Uint8Array;
}

const SUCCESS = 1;
const UNSUPPORTED = 3;
/** What KMS takes for a key: an ARN or id of it, or of an alias. */
const KEY_ID = /^[!-~]{1,2048}$/;
/** AWS's agent asks for two at most. */
const MAX_ACTIONS = 16;
/** The sessions in which a command's streams are sent. */
export const STREAM_SESSIONS: readonly string[] = [
  "Standard_Stream",
  "InteractiveCommands",
  "NonInteractiveCommands",
];
const ALL_SESSIONS: readonly string[] = [...STREAM_SESSIONS, "Port"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A handshake for these sessions that gets its data key, if one is asked for, from `createDataKey`. */
export function createHandshake(
  createDataKey: CreateDataKey,
  sessions: readonly string[] = ALL_SESSIONS,
): Handshake {
  let phase: "none" | "asked" | "answered" | "over" = "none";
  let encryption: Encryption | undefined;
  /** The key that was asked for; absent where the session is not encrypted. */
  let kmsKeyId: string | undefined;
  let greeting: AgentGreeting | undefined;
  let challenged = false;

  async function answerAction(
    action: RequestedAction,
  ): Promise<ProcessedAction> {
    const { ActionType: type, ActionParameters: parameters } = action;
    if (
      type === "SessionType" &&
      sessions.includes(String(parameters?.["SessionType"]))
    ) {
      return {
        ActionType: type,
        ActionStatus: SUCCESS,
        ActionResult: null,
        Error: "",
      };
    }
    if (type === "KMSEncryption") {
      const keyId = parameters?.["KMSKeyId"];
      if (typeof keyId !== "string" || !KEY_ID.test(keyId)) {
        throw new MalformedMessage("a handshake request names no KMS key");
      }
      kmsKeyId = keyId;
      const key = await createDataKey(keyId);
      encryption = createEncryption(key.plaintext);
      return {
        ActionType: type,
        ActionStatus: SUCCESS,
        ActionResult: {
          KMSCipherTextKey: Buffer.from(key.ciphertext).toString("base64"),
          KMSCipherTextHash: null,
        },
        Error: "",
      };
    }
    return {
      ActionType: type,
      ActionStatus: UNSUPPORTED,
      ActionResult: null,
      Error: `Unsupported action ${type}`,
    };
  }

  return {
    isUnderWay: () => phase === "asked" || phase === "answered",
    greeting: () => greeting,
    async answerRequest(payload) {
      if (phase !== "none") {
        throw new MalformedMessage("a handshake request came out of turn");
      }
      phase = "asked";
      const actions = readActions(payload);
      // Before the first wait: the bytes are the connection's to use again.
      const said = readGreeting(payload, actions);
      const processed = await Promise.all(actions.map(answerAction));
      greeting = said;
      phase = "answered";
      const reply = {
        ClientVersion: CLIENT_VERSION,
        ProcessedClientActions: processed,
        Errors: null,
      };
      return {
        payloadType: PayloadType.handshakeResponse,
        payload: encoder.encode(JSON.stringify(reply)),
      };
    },
    answerChallenge(payload) {
      if (encryption === undefined || challenged) {
        throw new MalformedMessage(
          "an encryption challenge came out of turn",
        );
      }
      challenged = true;
      const { Challenge } = parseJson<{ Challenge?: unknown }>(payload);
      let plain: Uint8Array;
      try {
        plain = encryption.decrypt(Buffer.from(String(Challenge), "base64"));
      } catch (cause) {
        throw new PortholeError(
          "session_refused",
          `Cannot encrypt the session: the agent does not use the key from KMS key "${kmsKeyId}"`,
          { hint: "the task role needs kms:Decrypt for it", cause },
        );
      }
      const answer = {
        Challenge: Buffer.from(encryption.encrypt(plain)).toString("base64"),
      };
      return {
        payloadType: PayloadType.challengeResponse,
        payload: encoder.encode(JSON.stringify(answer)),
      };
    },
    complete(payload) {
      if (phase !== "answered") {
        throw new MalformedMessage("the end of a handshake came out of turn");
      }
      phase = "over";
      return String(
        parseJson<{ CustomerMessage?: unknown }>(payload).CustomerMessage ?? "",
      );
    },
    encrypt: (payload) => encryption?.encrypt(payload) ?? payload,
    decrypt(payload) {
      if (kmsKeyId === undefined) {
        if (phase === "none") phase = "over";
        return payload;
      }
      if (encryption === undefined) {
        throw new MalformedMessage("output came before the key it is due in");
      }
      return encryption.decrypt(payload);
    },
  };
}

interface RequestedAction {
  readonly ActionType: string;
  readonly ActionParameters?: Readonly<Record<string, unknown>> | null;
}

/** @throws MalformedMessage also when more than one key is asked for. */
function readActions(payload: Uint8Array): readonly RequestedAction[] {
  const { RequestedClientActions: actions } = parseJson<
    { RequestedClientActions?: unknown }
  >(payload);
  if (!Array.isArray(actions) || !actions.every(isAction)) {
    throw new MalformedMessage("a handshake request names no actions");
  }
  const keys = actions.filter(({ ActionType }) =>
    ActionType === "KMSEncryption"
  );
  if (actions.length > MAX_ACTIONS || keys.length > 1) {
    throw new MalformedMessage(
      `a handshake request names ${actions.length} actions, ${keys.length} of them for a key`,
    );
  }
  return actions;
}

function readGreeting(
  payload: Uint8Array,
  actions: readonly RequestedAction[],
): AgentGreeting {
  const { AgentVersion } = parseJson<{ AgentVersion?: unknown }>(payload);
  const { SessionType, Properties } =
    actions.find(({ ActionType }) => ActionType === "SessionType")
      ?.ActionParameters ?? {};
  return {
    agentVersion: typeof AgentVersion === "string" ? AgentVersion : "",
    sessionType: typeof SessionType === "string" ? SessionType : "",
    properties: typeof Properties === "object" && Properties !== null
      ? Properties as Readonly<Record<string, unknown>>
      : {},
  };
}

function isAction(value: unknown): value is RequestedAction {
  return typeof value === "object" && value !== null &&
    "ActionType" in value && typeof value.ActionType === "string";
}

interface ProcessedAction {
  readonly ActionType: string;
  readonly ActionStatus: number;
  readonly ActionResult: unknown;
  readonly Error: string;
}

function parseJson<T>(payload: Uint8Array): T {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload));
    if (typeof value === "object" && value !== null) return value as T;
  } catch {
    // Reported below, like any other text that is not an object.
  }
  throw new MalformedMessage("a handshake message is not JSON");
}
