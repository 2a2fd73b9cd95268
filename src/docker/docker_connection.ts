/** A byte stream to a Docker daemon, whatever carries it. */
export interface DockerConnection {
  /** What came next; null when the daemon says no more. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** Resolves when all of `bytes` are on their way. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that no more is to come; what the daemon has to say still arrives. */
  closeWrite(): Promise<void>;
  /** Ends both directions at once; a read under way fails or ends. Resolves when what carries them has gone too. */
  close(): Promise<void>;
}

const READ_SIZE = 64 * 1024;
/** A smaller chunk is copied: it may wait in a queue, and would keep the whole buffer. */
const LEAST_KEPT = 16 * 1024;

/** Makes a connection of one of Deno's. */
export function wrapConnection(
  connection:
    & Pick<Deno.Conn, "read" | "write" | "close">
    & Partial<Pick<Deno.Conn, "closeWrite">>,
): DockerConnection {
  let buffer = new Uint8Array(READ_SIZE);
  return {
    async read() {
      const count = await connection.read(buffer);
      if (count === null) return null;
      if (count < LEAST_KEPT) return buffer.slice(0, count);
      const chunk = buffer.subarray(0, count);
      buffer = new Uint8Array(READ_SIZE);
      return chunk;
    },
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
    },
    closeWrite: async () => await connection.closeWrite?.(),
    close() {
      try {
        connection.close();
      } catch {
        // Deno closes a connection whose reading or writing failed.
      }
      return Promise.resolve();
    },
  };
}

/** Gives a connection back what was read of it too early. */
export function unread(
  connection: DockerConnection,
  bytes: Uint8Array,
): DockerConnection {
  let rest: Uint8Array | undefined = bytes.length > 0 ? bytes : undefined;
  return {
    ...connection,
    read() {
      if (rest === undefined) return connection.read();
      const first = rest;
      rest = undefined;
      return Promise.resolve(first);
    },
  };
}
