/** What a choice at the terminal needs. */
export interface Chooser {
  /** Whether there is someone to ask, and no `--no-input`; looked up when it is first wanted. */
  readonly canAsk: () => Promise<boolean>;
  /** `--no-input` is set. */
  readonly noInput?: boolean;
  /** Says which service of which cluster it is about from now on: the prefix of log lines. */
  readonly enterPlace: (service: string, cluster: string) => void;
  /** Writes a log line with the run's prefix, as far as it is known. */
  readonly announce: (heading: string) => void;
  /** Writes to standard error. */
  readonly print: (text: string) => void;
  /** Resolves with a line without its end; rejects with PortholeError "cancelled". */
  readonly ask: (question: string) => Promise<string>;
  /** `--filter-command`: chooses in place of `ask`; resolves with the first field of the chosen line. */
  readonly filter?: (candidates: readonly string[]) => Promise<string>;
  /** Dims text; absent without color, and rows are as documented then. */
  readonly dim?: (text: string) => string;
  /** The terminal's size, where there is one. */
  readonly terminalSize: () => {
    readonly columns: number;
    readonly rows: number;
  } | undefined;
  readonly now: () => Date;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Why nothing was asked, as it ends a sentence. */
export function tellUnasked(noInput: boolean | undefined): string {
  return noInput ? "--no-input is set" : "there is no terminal to ask on";
}
