/** A block of addresses, as `--behind-proxy` takes it. */
export interface AddressBlock {
  readonly bytes: Uint8Array;
  /** How many bits count. */
  readonly prefix: number;
}

/** Reads `10.0.0.0/8`, `fd00::/8` or one address; undefined for what is none, or has bits set behind the prefix. */
export function parseBlock(text: string): AddressBlock | undefined {
  const [address = "", prefix, ...more] = text.split("/");
  const bytes = parseAddress(address);
  if (bytes === undefined || more.length > 0) return undefined;
  const most = bytes.length * 8;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) {
    return undefined;
  }
  const count = prefix === undefined ? most : Number(prefix);
  if (count > most) return undefined;
  const isExact = bytes.every((byte, at) =>
    (byte & ~maskOf(at, count) & 0xff) === 0
  );
  return isExact ? { bytes, prefix: count } : undefined;
}

/** Whether an address is in the block; an IPv4 address in IPv6's form is the IPv4 address. */
export function isInBlock(
  { bytes, prefix }: AddressBlock,
  address: string,
): boolean {
  const found = parseAddress(address);
  return found !== undefined && found.length === bytes.length &&
    found.every((byte, at) =>
      ((byte ^ (bytes[at] ?? 0)) & maskOf(at, prefix)) === 0
    );
}

/** The bytes of an IPv4 or IPv6 address; undefined for what is none. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function maskOf(at: number, prefix: number): number {
  const bits = Math.min(8, Math.max(0, prefix - at * 8));
  return (0xff << (8 - bits)) & 0xff;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const isAddress = parts.length === 4 &&
    parts.every((part) =>
      /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256
    );
  return isAddress ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const last = text.slice(text.lastIndexOf(":") + 1);
  let rest = text;
  if (last.includes(".")) {
    const four = parseIpv4(last);
    if (four === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = four;
    rest = text.slice(0, -last.length) +
      `${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
  }
  const halves = rest.split("::");
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) =>
    half === "" ? [] : half.split(":")
  );
  const groups = [...left, ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) {
    return undefined;
  }
  const missing = 8 - groups.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array<string>(missing).fill("0"), ...right];
  const bytes = Uint8Array.from(
    all.flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
  const isIpv4 = bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff && bytes[11] === 0xff;
  return isIpv4 ? bytes.slice(12) : bytes;
}
