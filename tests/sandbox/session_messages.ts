import { Buffer } from "node:buffer";
import { encodeMessage } from "./message_codec.ts";

/** The service's word that the client may send and will be sent to. */
export function encodeStartPublication(): Buffer {
  return encodeMessage({
    messageType: "start_publication",
    flags: 3,
    payload: Buffer.from(
      JSON.stringify({ MessageId: crypto.randomUUID(), SchemaVersion: 1 }),
    ),
  }).frame;
}

/** The end of a session; an empty `output` is a normal one. */
export function encodeChannelClosed(
  sessionId: string,
  clientId: string,
  output: string,
): Buffer {
  return encodeMessage({
    messageType: "channel_closed",
    flags: 3,
    payload: Buffer.from(JSON.stringify({
      MessageId: crypto.randomUUID(),
      CreatedDate: new Date().toISOString(),
      DestinationId: clientId,
      SessionId: sessionId,
      MessageType: "channel_closed",
      SchemaVersion: 1,
      Output: output,
    })),
  }).frame;
}

/** Reads a Size message; 0 by 0, which changes nothing, if it is none. */
export function readSize(
  payload: Buffer,
): { readonly cols: number; readonly rows: number } {
  try {
    const { cols, rows } = JSON.parse(payload.toString()) as {
      readonly cols: number;
      readonly rows: number;
    };
    return { cols, rows };
  } catch {
    return { cols: 0, rows: 0 };
  }
}
