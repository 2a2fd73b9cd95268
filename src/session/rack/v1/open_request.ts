import * as v from "../../../schema.ts";
import type { RemoteCommand } from "../../../args/invocation.ts";
import { present } from "../../../present.ts";
import type { TerminalSize } from "../../session.ts";
import type { Variable } from "../../variables.ts";
import { LONGEST_OPEN } from "./protocol.ts";
import { readerOf, writeJson } from "./read_json.ts";

/** Who may carry a session's bytes: the client itself, on a line to AWS, or the rack. */
export type Carrier = "handoff" | "relay";

/** What a client asks of a rack, first of all. */
export interface OpenRequest {
  readonly command: RemoteCommand;
  /** The shell of a command that is none; absent: bash if there, else sh. */
  readonly shell?: string;
  readonly tty: boolean;
  readonly size?: TerminalSize;
  readonly container?: string;
  readonly user?: string;
  readonly workdir?: string;
  /** Secret. It serves relays, and is dropped on a hand-off: the client has it. */
  readonly env: readonly Variable[];
  readonly stdin: boolean;
  readonly binary: boolean;
  /** Absent: as the route has it. */
  readonly stderr?: "split" | "merge";
  /** Nothing of the rack's is put around the command, and nothing tells its status. */
  readonly bare: boolean;
  /** AWS's idle limit is kept from ending the session. */
  readonly keepAlive: boolean;
  /** What the client can do. */
  readonly carriers: readonly Carrier[];
  /** The versions of the wrapper that the client knows. */
  readonly wrappers: readonly number[];
}

const WHAT = "the request";
/** Neither a shell's words nor Docker's hold a NUL. */
const WORD = v.pipe(v.string(), v.check((text) => !text.includes("\0")));
const FLAG = v.optional(v.boolean(), false);
const CELLS = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));

/** A terminal's size on the wire. */
export const SIZE = v.pipe(
  v.object({ cols: CELLS, rows: CELLS }),
  v.transform(({ cols, rows }): TerminalSize => ({ columns: cols, rows })),
);

const COMMANDS = {
  words: v.pipe(v.array(WORD), v.minLength(1), v.maxLength(20_000)),
  line: v.pipe(WORD, v.check((line) => line.trim() !== "")),
  shell: v.union([v.literal(true), v.pipe(WORD, v.maxLength(4096))]),
};

const OPEN = v.pipe(
  v.object({
    words: v.optional(COMMANDS.words),
    line: v.optional(COMMANDS.line),
    shell: v.optional(COMMANDS.shell),
    tty: FLAG,
    size: v.optional(SIZE),
    container: v.optional(v.pipe(v.string(), v.regex(/^[\w-]{1,255}$/))),
    // What porthole's own flags accept: no option, and nothing that a shell would read.
    user: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(255),
        v.regex(/^[A-Za-z0-9_][\w.$-]*(:[A-Za-z0-9_][\w.$-]*)?$/),
      ),
    ),
    workdir: v.optional(v.pipe(WORD, v.minLength(1), v.maxLength(4096))),
    env: v.optional(
      v.pipe(
        v.array(
          v.object({
            name: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/)),
            value: WORD,
          }),
        ),
        v.maxLength(4096),
      ),
      [],
    ),
    stdin: FLAG,
    binary: FLAG,
    stderr: v.optional(v.picklist(["split", "merge"])),
    bare: FLAG,
    keep_alive: FLAG,
    carriers: v.pipe(
      v.array(v.string()),
      v.maxLength(16),
      v.transform((names) =>
        (["handoff", "relay"] as const).filter((name) => names.includes(name))
      ),
      v.minLength(1),
    ),
    wrappers: v.optional(
      v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(64)),
      [],
    ),
  }),
  v.check(({ words, line, shell }) =>
    [words, line, shell].filter((one) => one !== undefined).length === 1
  ),
  v.check(({ words }) => words?.[0]?.trim() !== ""),
  v.transform(({ words, line, shell, keep_alive, ...rest }): OpenRequest => ({
    ...present(rest),
    command: words !== undefined
      ? { kind: "argv", argv: [words[0]!, ...words.slice(1)] }
      : line !== undefined
      ? { kind: "line", line }
      : { kind: "shell" },
    ...(typeof shell === "string" ? { shell } : {}),
    keepAlive: keep_alive,
  })),
);

/** Reads message 6. */
export const readOpenRequest: (payload: Uint8Array) => OpenRequest = readerOf(
  WHAT,
  LONGEST_OPEN,
  OPEN,
);

/** Writes message 6. */
export function writeOpenRequest(
  { command, shell, size, keepAlive, ...rest }: OpenRequest,
): Uint8Array {
  return writeJson(WHAT, LONGEST_OPEN, {
    ...(command.kind === "argv"
      ? { words: command.argv }
      : command.kind === "line"
      ? { line: command.line }
      : { shell: shell ?? true }),
    ...rest,
    ...(size && { size: { cols: size.columns, rows: size.rows } }),
    keep_alive: keepAlive,
  });
}
