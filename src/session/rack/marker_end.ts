import { Buffer } from "node:buffer";

/** What a rack's output ended with. */
export interface LastOutput {
  readonly output: Uint8Array;
  /** Of the command, where the rack has said it. */
  readonly status: number | undefined;
}

/** Holds back what may be the marker with which a rack ends a command's output. */
export interface MarkerEnd {
  /** Returns what is certainly output. */
  push(bytes: Uint8Array): Uint8Array;
  /** The rack has ended the output. */
  end(): LastOutput;
  /** The output broke off: what was held is output. */
  flush(): Uint8Array;
}

/** Convox's, the same everywhere (convox/rack, sdk/sdk.go): any program can print it. */
const MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";
const START = Buffer.from(MARKER);
const LONGEST = START.length + "255\n".length;

/** The marker counts only as the very last of all output: what is printed anywhere else is the command's own. */
export function createMarkerEnd(): MarkerEnd {
  let held = Buffer.alloc(0);

  function flush(): Uint8Array {
    const rest = held;
    held = Buffer.alloc(0);
    return rest;
  }

  return {
    push(bytes) {
      const all = Buffer.concat([held, bytes]);
      let from = Math.max(0, all.length - LONGEST);
      while (from < all.length && !mayBecomeMarker(all.subarray(from))) from++;
      held = Buffer.from(all.subarray(from));
      return all.subarray(0, from);
    },
    end() {
      const digits = /^(\d{1,3})\n?$/.exec(
        held.subarray(START.length).toString("latin1"),
      )?.[1];
      const status = digits === undefined ? undefined : Number(digits);
      return status === undefined || status > 255
        ? { output: flush(), status: undefined }
        : { output: Buffer.alloc(0), status };
    },
    flush,
  };
}

/** Parts a text that a whole session was into what comes before the marker, and the marker's status. */
export function cutMarker(
  said: string,
): { readonly text: string; readonly status: number | undefined } {
  const marker = new RegExp(`${MARKER}(\\d{1,3})\\s*$`);
  const digits = marker.exec(said)?.[1];
  return {
    text: said.replace(marker, "").trim(),
    status: digits === undefined ? undefined : Number(digits),
  };
}

function mayBecomeMarker(bytes: Buffer): boolean {
  const start = bytes.subarray(0, START.length);
  return START.subarray(0, start.length).equals(start) &&
    /^(?:\d{1,3}\n?)?$/.test(bytes.subarray(START.length).toString("latin1"));
}
