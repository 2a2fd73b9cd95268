/** Where a verb says what it does; lines go to stderr, and `-q` leaves only warnings. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  /** The same log for one service of one cluster: `<service>/<cluster>` stands before each text. */
  withPrefix(prefix: string): Log;
  /** As `-q`, from now on: the configuration says so, which is read after the flags. */
  hush(): void;
  isQuiet(): boolean;
}
