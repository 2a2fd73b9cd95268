/** A service of real `porthole rack serve` processes. */
export type RackServiceOption = {
  /** How porthole is started; default: the compiled program, else its source. */
  readonly command?: readonly string[];
  /** Flags beside the usual ones. */
  readonly flags?: readonly string[];
  /** How many tasks it has; default: 1. */
  readonly tasks?: number;
  /** The parameter at the start; default: Yes. */
  readonly ecsExec?: "Yes" | "No";
  /** Tags of its image that there are, beside the one that it begins with. */
  readonly tags?: readonly string[];
  /** Milliseconds for which a balancer may go on with a target that is deregistered; AWS's: 120 000. */
  readonly settleMs?: number;
  /** Milliseconds between TERM and KILL, as in the template: 120 000. */
  readonly stopTimeoutMs?: number;
};

/** A process of the service. */
export type RackProcess = {
  readonly taskId: string;
  readonly pid: number;
  readonly port: number;
  kill(signal: Deno.Signal): void;
  readonly exit: Promise<unknown>;
};

/** The service, as it runs. */
export type RackService = {
  /** Of the balancer: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The same with the token of a user who may do everything. */
  readonly secretUrl: string;
  readonly token: string;
  /** Those that run, the oldest first. */
  processes(): readonly RackProcess[];
  /** The lines of the audit so far, of all of them. */
  audit(): readonly Readonly<Record<string, unknown>>[];
  /** What they have said on stderr. */
  log(): string;
};

/** The service, its family and its container. */
export const rackName = "rack";
/** Where its users are kept. */
export const usersPath = "/porthole/users";
