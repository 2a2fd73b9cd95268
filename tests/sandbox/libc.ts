import { Buffer } from "node:buffer";

const isMac = Deno.build.os === "darwin";

// Deno and node have no call that reads or writes a pty's master without
// blocking: node's streams under Deno stop writing for good once a pty is
// full (8 MiB into a pty whose reader waits 2 s never arrives), and lose what
// is unread 200 ms after the process has ended. Five calls of the C library do
// it right.
const library = Deno.build.os === "windows" ? undefined : Deno.dlopen(
  isMac ? "libSystem.dylib" : "libc.so.6",
  {
    poll: {
      parameters: ["buffer", "u64", "i32"],
      result: "i32",
      nonblocking: true,
    },
    pollNow: {
      name: "poll",
      parameters: ["buffer", "u64", "i32"],
      result: "i32",
    },
    read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
    pipe: {
      name: isMac ? "pipe" : "pipe2",
      parameters: ["buffer", "i32"],
      result: "i32",
    },
  } as const,
);

const readable = 1;
const writable = 4;
const closeOnExec = 0o2000000;
const setDescriptorFlags = 2;
const closeOnExecFlag = 1;

/** What a descriptor can do now. */
export type Readiness = {
  readonly readable: boolean;
  readonly writable: boolean;
  /** The other side is gone. */
  readonly ended: boolean;
};

/** A pipe that ends waiting on descriptors. */
export type Waker = { readonly read: number; readonly write: number };

/** Makes a waker. */
export function openWaker(): Waker {
  const ends = new Int32Array(2);
  if (load().pipe(ends, closeOnExec) !== 0) {
    throw new Error("Cannot make a pipe");
  }
  return { read: ends[0] ?? -1, write: ends[1] ?? -1 };
}

/** Makes every wait that has this waker return at once, now and later. */
export function wake(waker: Waker): void {
  load().write(waker.write, new Uint8Array([1]), 1n);
}

/** Keeps a descriptor from the programs that are started later. */
export function keepFromChildren(descriptor: number): void {
  load().fcntl(descriptor, setDescriptorFlags, closeOnExecFlag);
}

/** Closes a descriptor. */
export function closeDescriptor(descriptor: number): void {
  load().close(descriptor);
}

/** Reads what there is, into `into`; 0 or less if nothing. */
export function readDescriptor(descriptor: number, into: Buffer): number {
  return Number(load().read(descriptor, own(into), BigInt(into.length)));
}

/** Writes what fits; 0 or less if nothing. */
export function writeDescriptor(descriptor: number, bytes: Buffer): number {
  return Number(load().write(descriptor, own(bytes), BigInt(bytes.length)));
}

/** What a descriptor can do, without waiting. */
export function pollDescriptor(descriptor: number): Readiness {
  const set = pack([descriptor, readable | writable]);
  load().pollNow(own(set), 1n, 0);
  return unpack(set);
}

/** Waits until a descriptor is ready, or the waker, or the time is over. */
export function waitForDescriptor(
  descriptor: number,
  what: "readable" | "writable",
  waker: Waker,
  timeoutMs: number,
): Promise<Readiness> {
  const set = pack(
    [descriptor, what === "readable" ? readable : writable],
    [waker.read, readable],
  );
  const end = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
  return new Promise((resolve) => {
    waiters.add({ set, end, ready: () => resolve(unpack(set)) });
    if (!isPolling) void pollForAll();
    else if (newcomers !== undefined && !isWoken) {
      isWoken = true;
      wake(newcomers);
    }
  });
}

type Waiter = { readonly set: Buffer; readonly end: number; ready(): void };

/** All that wait: one thread waits for them, of the 32 that Deno has for calls that block. */
const waiters = new Set<Waiter>();
let isPolling = false;
/** Ends the wait that is under way, so that the next one is for those who came meanwhile, too. */
let newcomers: Waker | undefined;
let isWoken = false;

async function pollForAll(): Promise<void> {
  isPolling = true;
  newcomers ??= openWaker();
  const wakes = Buffer.alloc(1);
  while (waiters.size > 0) {
    const all = [...waiters];
    const sets = Buffer.concat([
      pack([newcomers.read, readable]),
      ...all.map(({ set }) => set),
    ]);
    const next = Math.min(...all.map(({ end }) => end)) - performance.now();
    await load().poll(
      own(sets),
      BigInt(sets.length / 8),
      next === Infinity ? -1 : Math.max(0, Math.ceil(next)),
    );
    if (isWoken) readDescriptor(newcomers.read, wakes);
    isWoken = false;
    const now = performance.now();
    all.forEach((waiter, at) => {
      const found = sets.subarray(8 + 16 * at, 24 + 16 * at);
      found.copy(waiter.set);
      const isReady = found.readInt16LE(6) !== 0 || found.readInt16LE(14) !== 0;
      if (!isReady && now < waiter.end) return;
      waiters.delete(waiter);
      waiter.ready();
    });
  }
  isPolling = false;
}

function load(): NonNullable<typeof library>["symbols"] {
  if (library === undefined) {
    throw new Error("Cannot open a pty: the sandbox needs Linux or macOS");
  }
  return library.symbols;
}

// Nothing here lies in shared memory, which the foreign calls do not take.
function own(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array as Uint8Array<ArrayBuffer>;
}

function pack(...waits: readonly (readonly [number, number])[]): Buffer {
  const set = Buffer.alloc(8 * waits.length);
  waits.forEach(([descriptor, events], i) => {
    set.writeInt32LE(descriptor, 8 * i);
    set.writeInt16LE(events, 8 * i + 4);
  });
  return set;
}

function unpack(set: Buffer): Readiness {
  const events = set.readInt16LE(6);
  return {
    readable: (events & readable) !== 0,
    writable: (events & writable) !== 0,
    // POLLERR, POLLHUP, POLLNVAL
    ended: (events & (8 | 16 | 32)) !== 0,
  };
}
