/** What `Sec-WebSocket-Protocol` names on both ends. */
export const RACK_PROTOCOL = "porthole.rack.v1";

/** What each binary message begins with; 0 to 4 and 255 are those of Kubernetes' remotecommand v5. */
export const Channel = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  lastWord: 3,
  size: 4,
  handoff: 5,
  open: 6,
  opened: 7,
  cancel: 8,
  credit: 9,
  end: 255,
} as const;

/** How much stdin a client may send before it is given more, in bytes. */
export const FIRST_CREDIT: number = 256 * 1024;

/** The most bytes of stdin, stdout or stderr in one message. */
export const LONGEST_DATA: number = 64 * 1024;

/** The most bytes of the message that opens a session. */
export const LONGEST_OPEN: number = 256 * 1024;

/** The most bytes of what a rack says in JSON. */
export const LONGEST_JSON: number = 64 * 1024;

/** The most bytes of the small ones: size, cancel, credit. */
export const LONGEST_SMALL = 256;

/** How long a rack may take to say what becomes of a session, and a client to ask for one. */
export const WHOLE_WITHIN_MS = 10_000;

/** The other side did not keep to the protocol. No value of the message is in the text: each may be secret. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
