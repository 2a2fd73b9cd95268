import {
  type Message,
  MESSAGE_OVERHEAD,
  writeMessage,
} from "../../../src/session/channel/message.ts";

/** One message in a buffer of its own. */
export function encodeMessage(message: Message): Uint8Array {
  return writeMessage(
    message,
    new Uint8Array(MESSAGE_OVERHEAD + message.payload.length),
  );
}
