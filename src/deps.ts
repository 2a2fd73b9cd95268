import type { LocalFiles } from "./local_files.ts";
import type { OwnedText, ReadOptions } from "./read_text_file.ts";

/** The signals porthole listens for; Windows has only the first. */
export type SignalName =
  | "SIGINT"
  | "SIGTERM"
  | "SIGHUP"
  | "SIGQUIT"
  | "SIGTSTP"
  | "SIGCONT"
  | "SIGWINCH";

/** Where bytes come from: standard input. */
export interface InputDevice {
  readonly isTerminal: boolean;
  /** What the device is: a file of known size can be sent differently from a pipe or a live terminal. */
  describe(): Promise<
    | { readonly kind: "file"; readonly remaining: number }
    | { readonly kind: "pipe" }
    | { readonly kind: "terminal" }
    | { readonly kind: "closed" }
  >;
  /** One reader at a time; cancelling it ends a pending read. */
  open(): ReadableStream<Uint8Array>;
  /** Keys arrive one by one, unechoed, as bytes. Only on a terminal. */
  setRaw(raw: boolean): void;
}

/** Where bytes go: standard output or standard error. */
export interface OutputDevice {
  readonly isTerminal: boolean;
  /** Resolves when all of `bytes` are written; rejects with Deno.errors.BrokenPipe when the reader is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** For short texts: written before it returns, or lost where nothing can be written. */
  writeText(text: string): void;
}

/** A file that is written to as its content comes. */
export interface OpenFile {
  /** Resolves when all of `bytes` are written. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** A program to start. */
export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Laid over porthole's own environment; what is undefined there is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** It has no business with AWS: it gets nothing that leads there, as after `hideAws`. */
  readonly withoutAws?: boolean;
  /** The working directory; absent: porthole's own. */
  readonly cwd?: string;
  readonly stdin: "inherit" | "null" | "piped";
  readonly stdout: "inherit" | "null" | "piped";
  readonly stderr: "inherit" | "null" | "piped";
  /**
   * In a session of its own: the terminal's Ctrl-C and hang-up do not reach it. It is killed when porthole ends, however
   * that comes.
   */
  readonly detached?: boolean;
  /** A detached program that goes on when porthole ends. */
  readonly outlives?: boolean;
  /** It is killed when porthole is done, if it has not ended by then. */
  readonly tied?: boolean;
}

/** A program that runs. */
export interface SpawnedProcess {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** `signal` is set when a signal ended it. */
  readonly exit: Promise<
    { readonly code: number; readonly signal: string | null }
  >;
  /** Does nothing to a process that has ended. A detached one's whole process group is meant. */
  kill(signal: SignalName | "SIGKILL"): void;
}

/** Everything outside the program, so that the rest can be tested with none of it. */
export interface Deps {
  readonly platform: "linux" | "darwin" | "windows";
  /** The program's own file, where it is compiled. */
  readonly programPath?: string;
  /** Throws PortholeError "usage" for a value that is not text. */
  readonly env: (name: string) => string | undefined;
  /** The names of the variables that are set. */
  readonly envNames: () => readonly string[];
  readonly cwd: () => string;
  readonly now: () => Date;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Rejects as Deno.readTextFile does, or with a reason to show for what is not a file or has no end. */
  readonly readTextFile: (
    path: string,
    options?: ReadOptions,
  ) => Promise<string>;
  /** Reads as `readTextFile` does, and returns the file's owner too. */
  readonly readOwnedFile: (
    path: string,
    options?: ReadOptions,
  ) => Promise<OwnedText>;
  /** The user that porthole runs as; undefined on Windows. */
  readonly userId: () => number | undefined;
  /** Rejects, as Deno does, where `writePrivateFile` could not write. */
  readonly checkWritable: (path: string) => Promise<void>;
  /** Puts a file there whole or not at all, for its owner's eyes only. */
  readonly writePrivateFile: (path: string, text: string) => Promise<void>;
  /** Opens such a file, empty, to write to it bit by bit. */
  readonly openPrivateFile: (path: string) => Promise<OpenFile>;
  /** Makes a directory for its owner alone, and those above it; one that is there stays as it is. */
  readonly makeDirectory: (path: string) => Promise<void>;
  /** Keeps a file in a folder of porthole's own; rejects where others could have a hand in it. */
  readonly keepFile: (path: string, text: string) => Promise<void>;
  /** Reads a file that was kept so; rejects where it is missing, a link, or could be another user's. */
  readonly readKeptFile: (path: string) => Promise<string>;
  /** The names of the files that were kept in a folder, in no order; empty where the folder is missing. */
  readonly listKeptFiles: (folder: string) => Promise<readonly string[]>;
  /** Removes a file that was kept; resolves with whether there was one. */
  readonly removeKeptFile: (path: string) => Promise<boolean>;
  /** From now on nothing can be written, and no unix socket connected to. */
  readonly giveUpWriting: () => void;
  /** From now on programs are started without all that would have them sign for somebody, or speak to AWS. */
  readonly hideAws: () => void;
  /** Files that are copied, whole trees of them. */
  readonly localFiles: LocalFiles;
  /** Whether `path` is a file that may be executed. */
  readonly isExecutable: (path: string) => Promise<boolean>;
  /** Where the links of a path lead to. Rejects as Deno.realPath does. */
  readonly realPath: (path: string) => Promise<string>;
  /** Makes a symbolic link, in place of one that is there; rejects with AlreadyExists for any other file. */
  readonly makeLink: (target: string, path: string) => Promise<void>;
  /** Throws as Deno.Command.spawn does. */
  readonly spawn: (options: SpawnOptions) => SpawnedProcess;
  /** Listens for local programs; port 0 is any that is free. Throws as Deno.listen does. */
  readonly listen: (
    address: { readonly hostname: string; readonly port: number },
  ) => Deno.TcpListener;
  /** Rejects as the platform's own does. AWS's SDK does not come this way. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly stdin: InputDevice;
  readonly stdout: OutputDevice;
  readonly stderr: OutputDevice;
  /** The terminal's size; undefined where there is none. */
  readonly terminalSize: () => {
    readonly columns: number;
    readonly rows: number;
  } | undefined;
  /** Calls `handler` on each such signal until the returned function is called. Unknown to the platform: never. */
  readonly onSignal: (signal: SignalName, handler: () => void) => () => void;
}
