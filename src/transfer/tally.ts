/** What has been copied, and what has not. */
export interface Tally {
  /** Bytes of files, as they are on disk. */
  onBytes(count: number): void;
  /** A file is whole, and has its name. */
  onFile(): void;
  /** A file is left out, and why; the others go on. `counted`: it was sent, and taken for whole. */
  onSkip(path: string, reason: string, counted?: boolean): void;
  /** A line from the container, or about something that was not kept. */
  onNotice(text: string): void;
}
