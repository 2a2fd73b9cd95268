/** One connection to a remote port, whatever carries it. */
export interface PortStream {
  /** What came next, the reader's until it reads again; undefined at the end. One read at a time. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when there is room for more; what comes after the end is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more is written; what the remote still has to say is wanted. */
  closeWrite(): void;
  /** Ends both directions. */
  close(): void;
  /** Whether the remote took no connection: then nothing came, and `read` has ended. */
  isRefused(): boolean;
  /** Resolves where it is cut off: what waits to be read is not wanted any more, either. */
  readonly cut: Promise<void>;
}
