import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";

/** How one of Convox's command lines has seen a session. */
export interface ConvoxEnd {
  /** What it has printed. */
  readonly output: Buffer;
  /** Its own status: 0 where no marker came. */
  readonly status: number;
  readonly how: "empty binary" | "connection ended";
  /** How many messages held the marker, and nothing else. */
  readonly markersAlone: number;
}

/** A client that speaks as Convox's command lines do. */
export interface ConvoxClient {
  /** Resolves once it has printed so much that `holds`. */
  waitFor(holds: (printed: Buffer) => boolean): Promise<void>;
  /** As its stdin brings it: at most 1024 bytes a message. */
  type(bytes: Uint8Array): Promise<void>;
  /** Its stdin has ended. */
  endInput(): Promise<void>;
  readonly end: Promise<ConvoxEnd>;
  close(): void;
}

/** What it asks for. */
export interface ConvoxExec {
  readonly port: number;
  readonly token: string;
  readonly app: string;
  readonly pid: string;
  readonly command: string;
  readonly tty?: boolean;
  /** Called before each read of the connection: a slow reader waits here. */
  readonly beforeRead?: () => Promise<void>;
}

const MARKER = "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:";
const READ = 1024;

/**
 * Opens an exec as Convox's command lines do (convox/convox, sdk/sdk.go): plain heads and frames of its own making,
 * messages read in pieces of at most 1024 bytes, each of which the marker is looked for in.
 */
export async function openConvoxClient(
  { port, token, app, pid, command, tty = true, beforeRead }: ConvoxExec,
): Promise<ConvoxClient> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const lines = [
    `GET /apps/${app}/processes/${pid}/exec HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "User-Agent: convox.go/dev",
    "Version: dev",
    `Authorization: Basic ${btoa(`convox:${token}`)}`,
    `Origin: http://127.0.0.1:${port}`,
    `Command: ${command}`,
    ...(tty ? ["Height: 24", "Width: 80"] : ["Tty: false"]),
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
  ];
  let last: Promise<unknown> = Promise.resolve();
  const write = (bytes: Uint8Array) => {
    const mine = last.then(async () => {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    });
    last = mine.catch(() => {});
    return mine;
  };
  await write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));

  let waiting: Buffer = Buffer.alloc(0);
  const chunk = new Uint8Array(16 * 1024);
  async function readMore(): Promise<boolean> {
    await beforeRead?.();
    const count = await connection.read(chunk).catch(() => null);
    if (count === null) return false;
    waiting = Buffer.concat([waiting, chunk.subarray(0, count)]);
    return true;
  }
  while (!waiting.includes("\r\n\r\n")) {
    if (!await readMore()) throw new Error("no answer to the upgrade");
  }
  const headEnd = waiting.indexOf("\r\n\r\n");
  const head = waiting.subarray(0, headEnd).toString();
  if (!head.startsWith("HTTP/1.1 101 ")) {
    throw new Error(`the upgrade was refused: ${waiting}`);
  }
  waiting = waiting.subarray(headEnd + 4);

  const printed: Buffer[] = [];
  const looks = new Set<() => void>();
  let over = false;
  let status = 0;
  let markersAlone = 0;

  function take(message: Buffer): void {
    for (let at = 0; at < message.length; at += READ) {
      const read = message.subarray(at, at + READ);
      const found = read.indexOf(MARKER);
      if (found < 0) {
        printed.push(Buffer.from(read));
        continue;
      }
      printed.push(Buffer.from(read.subarray(0, found)));
      const code = read.subarray(found + MARKER.length).toString();
      status = /^\d+\n$/.test(code) ? Number(code) : 1;
      if (found === 0 && message.length === read.length) markersAlone++;
    }
  }

  async function follow(): Promise<ConvoxEnd["how"]> {
    let message: Buffer[] = [];
    let kind = 0;
    for (;;) {
      const frame = takeFrame(waiting);
      if (frame === undefined) {
        if (!await readMore()) return "connection ended";
        continue;
      }
      waiting = frame.rest;
      const { opcode, final, payload } = frame;
      if (opcode === 9) {
        await write(makeFrame(10, payload)).catch(() => {});
        continue;
      }
      if (opcode === 8) return "connection ended";
      if (opcode > 8) continue;
      if (opcode !== 0) kind = opcode;
      message.push(payload);
      if (!final) continue;
      const whole = Buffer.concat(message);
      message = [];
      if (kind === 2) return "empty binary";
      take(whole);
      for (const look of [...looks]) look();
    }
  }

  const pings = setInterval(
    () => void write(makeFrame(9, Buffer.alloc(0))).catch(() => {}),
    5_000,
  );
  const close = () => {
    if (over) return;
    over = true;
    clearInterval(pings);
    connection.close();
    for (const look of [...looks]) look();
  };
  const end = follow().then((how): ConvoxEnd => {
    close();
    return { how, status, markersAlone, output: Buffer.concat(printed) };
  });

  return {
    end,
    close,
    waitFor: (holds) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const all = Buffer.concat(printed);
          if (!holds(all) && !over) return;
          looks.delete(look);
          if (holds(all)) resolve();
          else reject(new Error(`it ended with ${JSON.stringify(`${all}`)}`));
        };
        looks.add(look);
        look();
      }),
    async type(bytes) {
      for (let at = 0; at < bytes.length; at += READ) {
        await write(makeFrame(1, bytes.subarray(at, at + READ)));
      }
    },
    endInput: () => write(makeFrame(2, Buffer.alloc(0))),
  };
}

/** A whole frame of a client, masked. */
function makeFrame(opcode: number, payload: Uint8Array): Buffer {
  const mask = randomBytes(4);
  const { length } = payload;
  const head = length < 126
    ? Buffer.from([0x80 | opcode, 0x80 | length])
    : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255]);
  const body = Buffer.from(payload);
  for (let at = 0; at < length; at++) body[at]! ^= mask[at & 3]!;
  return Buffer.concat([head, mask, body]);
}

/** Takes a whole frame of a server off `bytes`. */
function takeFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  if ((bytes[1]! & 0x80) !== 0) throw new Error("a server masks nothing");
  const short = bytes[1]!;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extra;
  if (bytes.length < start) return undefined;
  const length = extra === 0
    ? short
    : extra === 2
    ? bytes.readUInt16BE(2)
    : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  return {
    opcode: bytes[0]! & 0x0f,
    final: (bytes[0]! & 0x80) !== 0,
    payload: Buffer.from(bytes.subarray(start, start + length)),
    rest: bytes.subarray(start + length),
  };
}
