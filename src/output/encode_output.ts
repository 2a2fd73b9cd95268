/** What the command wrote, as far as it was kept. */
export interface CapturedOutput {
  readonly stdout: Uint8Array;
  /** Only where it was kept apart. */
  readonly stderr?: Uint8Array;
  readonly truncated: boolean;
}

/** What the command wrote, as it stands in a result. */
export interface EncodedOutput {
  readonly output: string;
  readonly stderr?: string;
  readonly output_encoding: "utf-8" | "base64";
  readonly truncated: boolean;
}

/** Puts bytes into JSON: as text where all of them are valid UTF-8, else as base64. */
export function encodeOutput(
  { stdout, stderr, truncated }: CapturedOutput,
): EncodedOutput {
  const decode = (bytes: Uint8Array) =>
    decodeText(truncated ? dropUnfinished(bytes) : bytes);
  const output = decode(stdout);
  const errors = stderr && decode(stderr);
  if (output === undefined || (stderr && errors === undefined)) {
    return {
      output: stdout.toBase64(),
      ...(stderr && { stderr: stderr.toBase64() }),
      output_encoding: "base64",
      truncated,
    };
  }
  return {
    output,
    ...(errors !== undefined && { stderr: errors }),
    output_encoding: "utf-8",
    truncated,
  };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

/** Drops a character of which the last bytes were cut off. */
function dropUnfinished(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
