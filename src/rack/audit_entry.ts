/** What one line of the audit tells; what is unknown, or does not apply, is left out. */
export interface AuditEntry {
  /**
   * `open`, `run`, `stop`, `resume`, `terminate`, `params` and `update` are written before AWS is asked, `end`
   * once a session is over, `refuse` where nothing was done.
   */
  readonly event:
    | "open"
    | "end"
    | "refuse"
    | "run"
    | "stop"
    | "resume"
    | "terminate"
    | "params"
    | "update"
    | "users"
    | "tokens"
    | "start"
    | "drain";
  readonly user?: string;
  readonly address?: string;
  /** The request: exec, run, resume, …. */
  readonly verb?: string;
  readonly app?: string;
  readonly service?: string;
  readonly task?: string;
  readonly container?: string;
  /** The user's words; longer ones than 8 KiB become their SHA-256 and length. Never a value of `-e`. */
  readonly command?: string;
  readonly route?: string;
  readonly because?: string;
  readonly session?: string;
  readonly carrier?: "handoff" | "relay";
  /** Null where the session was handed off, or its end was not seen. */
  readonly status?: number | null;
  readonly bytes?: { readonly in: number; readonly out: number };
  readonly error?: string;
  /** The revision or the tag that `params` and `update` lead to. */
  readonly revision?: string;
  readonly parameters?: string;
  readonly version?: string;
  /** How many happenings this one line stands for. */
  readonly count?: number;
}

/** Who did what, a line each. */
export interface Audit {
  /**
   * Resolves when the line has been written.
   *
   * @throws {Refusal} 503 where it could not be, or not within 5 s: what it tells must not be done then.
   */
  write(entry: AuditEntry): Promise<void>;
}
