import { joinBytes } from "../../src/join_bytes.ts";

/** A header of an archive, as an attacker writes it. */
export interface ForgedEntry {
  readonly name: string | Uint8Array;
  readonly type?: string;
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly mtime?: number;
  /** What the header says; by default the truth. */
  readonly size?: number;
  readonly content?: string | Uint8Array;
}

const encoder = new TextEncoder();

/** An archive of these entries, with its end; written independently of the code under test. */
export function forgeArchive(entries: readonly ForgedEntry[]): Uint8Array {
  return joinBytes([...entries.map(forgeEntry), new Uint8Array(1024)]);
}

/** One entry, content and padding. */
export function forgeEntry(entry: ForgedEntry): Uint8Array {
  const { type = "0", target = "", mode = 0o644, content = "" } = entry;
  const body = typeof content === "string" ? encoder.encode(content) : content;
  const header = new Uint8Array(512);
  const name = typeof entry.name === "string"
    ? encoder.encode(entry.name)
    : entry.name;
  header.set(name.subarray(0, 100), 0);
  const octal = (value: number, at: number, length: number) =>
    header.set(
      encoder.encode(value.toString(8).padStart(length - 1, "0")),
      at,
    );
  octal(mode, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(0, 116, 8);
  octal(entry.size ?? body.length, 124, 12);
  octal(entry.mtime ?? 1_000_000_000, 136, 12);
  header.set(encoder.encode(type), 156);
  header.set(encoder.encode(target).subarray(0, 100), 157);
  header.set(encoder.encode("ustar\x0000"), 257);
  header.fill(32, 148, 156);
  octal(header.reduce((sum, byte) => sum + byte, 0), 148, 7);
  const padded = new Uint8Array(Math.ceil(body.length / 512) * 512);
  padded.set(body);
  return joinBytes([header, padded]);
}

/** A pax header for the entry that follows. */
export function forgePax(
  records: Readonly<Record<string, string>>,
): ForgedEntry {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = encoder.encode(` ${key}=${value}\n`).length;
    let length = rest + String(rest).length;
    if (String(length).length !== String(rest).length) {
      length = rest + String(length).length;
    }
    return `${length} ${key}=${value}\n`;
  });
  return { name: "pax", type: "x", content: lines.join("") };
}
