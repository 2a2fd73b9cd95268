import { randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";
import {
  type ChannelKeys,
  decryptPayload,
  encryptPayload,
  splitDataKey,
} from "./channel_crypto.ts";
import type { CommandWay, PortProperties } from "./api_context.ts";
import { type Message, payloadTypes } from "./message_codec.ts";

/** What a handshake needs of its session. */
export type HandshakeDependencies = {
  /** The key to agree on; without one only the session type is settled. */
  readonly kmsKeyId: string | undefined;
  readonly customerMessage: string;
  readonly agentVersion: string;
  /** Of a session that runs a command. */
  readonly sessionType: CommandWay["sessionType"];
  /** Of a session that forwards a port. */
  readonly port: PortProperties | undefined;
  send(payloadType: number, payload: Uint8Array): void;
  /** What KMS gives the agent for the client's ciphertext. */
  decryptDataKey(ciphertextBlob: string): Buffer | undefined;
  /** All settled. */
  complete(keys: ChannelKeys | undefined): void;
  /** The session ends with this text. */
  fail(output: string): void;
};

/** A handshake under way. */
export type Handshake = {
  begin(): void;
  receive(message: Message): void;
};

type ProcessedAction = {
  readonly ActionType?: string;
  readonly ActionStatus?: number;
  readonly ActionResult?: { readonly KMSCipherTextKey?: string } | null;
  readonly Error?: string;
};

/** Prepares the agent's side of a handshake. */
export function prepareHandshake(
  dependencies: HandshakeDependencies,
): Handshake {
  const { kmsKeyId, send, fail } = dependencies;
  const begun = Date.now();
  const challenge = randomBytes(64);
  let keys: ChannelKeys | undefined;

  function sendJson(payloadType: number, value: unknown): void {
    send(payloadType, Buffer.from(JSON.stringify(value)));
  }

  function complete(): void {
    sendJson(payloadTypes.handshakeComplete, {
      HandshakeTimeToComplete: (Date.now() - begun) * 1_000_000,
      CustomerMessage: dependencies.customerMessage,
    });
    dependencies.complete(keys);
  }

  function takeResponse(text: string): void {
    const response = JSON.parse(text) as {
      readonly ProcessedClientActions?: readonly ProcessedAction[];
    };
    const actions = response.ProcessedClientActions ?? [];
    const wanted = kmsKeyId === undefined
      ? ["SessionType"]
      : ["SessionType", "KMSEncryption"];
    for (const name of wanted) {
      const action = actions.find((one) => one.ActionType === name);
      if (action?.ActionStatus !== 1) {
        return fail(
          `Handshake with the client failed: ${name}: ` +
            `${action?.Error || "no answer"}`,
        );
      }
      if (name === "KMSEncryption") {
        const blob = action.ActionResult?.KMSCipherTextKey ?? "";
        const dataKey = dependencies.decryptDataKey(blob);
        if (dataKey === undefined) {
          return fail(
            "Handshake with the client failed: KMSEncryption: " +
              "InvalidCiphertextException",
          );
        }
        keys = splitDataKey(dataKey);
      }
    }
    if (keys === undefined) return complete();
    sendJson(payloadTypes.encChallengeRequest, {
      Challenge: encryptPayload(keys.toClient, challenge).toString("base64"),
    });
  }

  function takeChallenge(text: string): void {
    const { Challenge = "" } = JSON.parse(text) as { Challenge?: string };
    const answer = keys === undefined ? undefined : decryptPayload(
      keys.fromClient,
      Buffer.from(Challenge, "base64"),
    );
    if (answer === undefined || !answer.equals(challenge)) {
      return fail("Encryption challenge failed: the response does not match");
    }
    complete();
  }

  return {
    begin() {
      sendJson(payloadTypes.handshakeRequest, {
        AgentVersion: dependencies.agentVersion,
        RequestedClientActions: [
          {
            ActionType: "SessionType",
            ActionParameters: dependencies.port === undefined
              ? { SessionType: dependencies.sessionType, Properties: null }
              : { SessionType: "Port", Properties: dependencies.port },
          },
          ...(kmsKeyId === undefined ? [] : [{
            ActionType: "KMSEncryption",
            ActionParameters: {
              KMSKeyId: kmsKeyId,
              Challenge: randomBytes(64).toString("base64"),
            },
          }]),
        ],
      });
    },
    receive(message) {
      const text = message.payload.toString();
      // Anything else is acknowledged and dropped, as by the agent.
      if (message.payloadType === payloadTypes.handshakeResponse) {
        takeResponse(text);
      } else if (message.payloadType === payloadTypes.encChallengeResponse) {
        takeChallenge(text);
      }
    },
  };
}
