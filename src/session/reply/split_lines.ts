import { Base64Damage } from "./decode_base64.ts";

/** One line that the wrapper's encoder wrote, or what something else wrote to the terminal. */
export type EncodedPart =
  | {
    readonly kind: "line";
    /** 1 is stdout, 2 stderr. */
    readonly stream: 1 | 2;
    readonly text: string;
  }
  | { readonly kind: "foreign"; readonly text: string };

/** Takes a stream of encoded output apart, however it is cut into chunks. */
export interface LineSplitter {
  /** @throws Base64Damage where something stands inside a line. */
  push(chunk: Uint8Array): readonly EncodedPart[];
}

/** In Deno many times faster than a Buffer's toString. */
const latin1 = new TextDecoder("latin1");
const HEAD = /^([12])(\d{1,5}):/;
const MAX_HEAD = 7;

/**
 * Finds `RS mark stream length : text LF`, as the encoder writes it.
 *
 * A terminal is one for all: a program may write to /dev/tty, and the shell reports there. What stands
 * between lines is foreign; what stands inside one makes it another length, and is never decoded.
 */
export function createLineSplitter(mark: string): LineSplitter {
  const start = `\x1e${mark}`;
  let held = "";

  return {
    push(chunk) {
      const data = held + latin1.decode(chunk);
      const parts: EncodedPart[] = [];
      let at = 0;
      const foreignUntil = (end: number) => {
        if (end > at) {
          parts.push({ kind: "foreign", text: data.slice(at, end) });
        }
        at = end;
      };
      for (;;) {
        const found = data.indexOf(start, at);
        if (found < 0) {
          foreignUntil(data.length - heldLength(data.slice(at), start));
          break;
        }
        foreignUntil(found);
        const text = found + start.length;
        const head = HEAD.exec(data.slice(text, text + MAX_HEAD));
        if (head === null) {
          if (data.length - text < MAX_HEAD) break;
          throw new Base64Damage();
        }
        const from = text + head[0].length;
        const end = from + Number(head[2]);
        // A terminal in its usual mode puts a carriage return before the line feed.
        const feed = data[end] === "\r" ? end + 1 : end;
        if (feed >= data.length) break;
        if (data[feed] !== "\n") {
          throw new Base64Damage();
        }
        parts.push({
          kind: "line",
          stream: head[1] === "1" ? 1 : 2,
          text: data.slice(from, end),
        });
        at = feed + 1;
      }
      held = data.slice(at);
      return parts;
    },
  };
}

/** How much of the end of `data` may be the beginning of `start`. */
function heldLength(data: string, start: string): number {
  for (
    let length = Math.min(data.length, start.length - 1);
    length > 0;
    length--
  ) {
    if (data.endsWith(start.slice(0, length))) return length;
  }
  return 0;
}
