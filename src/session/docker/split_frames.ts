/** The streams of a command without a terminal; what Docker itself has to say is 3. */
const STDERR = 2;
const SYSTEM_ERROR = 3;
const HEADER_SIZE = 8;

/** Where the bytes of a command without a terminal go. */
export interface FrameSinks {
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}

/** Takes the streams of one connection apart. */
export interface FrameSplitter {
  push(bytes: Uint8Array): void;
  /** Whether what has come ends where a frame does. */
  isWhole(): boolean;
}

/** What came is not framed as Docker does. */
export class FrameBroken extends Error {
  override readonly name = "FrameBroken";
}

/**
 * Takes stdout and stderr apart, each byte as soon as it comes.
 *
 * Docker sends frames: the stream's number, three zeros, the length in four bytes, the bytes:
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach.
 */
export function createFrameSplitter(sinks: FrameSinks): FrameSplitter {
  const header = new Uint8Array(HEADER_SIZE);
  let headerLength = 0;
  let left = 0;

  function push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (left > 0) {
        const part = bytes.subarray(at, at + left);
        at += part.length;
        left -= part.length;
        if (header[0] === STDERR || header[0] === SYSTEM_ERROR) {
          sinks.stderr(part);
        } else sinks.stdout(part);
        continue;
      }
      const part = bytes.subarray(at, at + HEADER_SIZE - headerLength);
      header.set(part, headerLength);
      at += part.length;
      headerLength += part.length;
      if (headerLength < HEADER_SIZE) return;
      headerLength = 0;
      if (header[0]! > SYSTEM_ERROR || header[1] || header[2] || header[3]) {
        throw new FrameBroken("the daemon's stream has no frames");
      }
      left = new DataView(header.buffer).getUint32(4);
    }
  }

  return { push, isWhole: () => left === 0 && headerLength === 0 };
}
