import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { Audit } from "../audit_entry.ts";
import type { Exchange } from "../http/serve_http.ts";
import type { SessionTable } from "../limits/session_table.ts";
import type { LookUp } from "../look_up/look_up.ts";
import type {
  Caller,
  ExecCall,
  RunCall,
  UserSessions,
} from "../sessions/session_call.ts";
import type { Task, Tasks } from "../../access/access.ts";
import type { Settings } from "../settings/settings_port.ts";
import type { Ticket } from "../tickets/ticket.ts";
import type { User } from "../users/user.ts";
import type { RackFacts } from "./format_answers.ts";

/** What answering needs of the rack. */
export interface RackRoom {
  readonly facts: RackFacts;
  readonly audit: Audit;
  readonly lookUp: LookUp;
  readonly settings: Settings;
  readonly table: SessionTable;
  readonly tasks: Pick<Tasks, "stopTask">;
  readonly sessionsOf: (caller: Caller) => UserSessions;
  /** Undefined for a ticket that does not count. */
  readonly readTicket: (text: string) => Ticket | undefined;
  /** By name; undefined where they cannot be read. */
  readonly users: () => ReadonlyMap<string, User> | undefined;
  readonly countBadToken: (address: string) => void;
  /** Whether one more look-up is within the limit. */
  readonly mayLookUp: (user: string) => boolean;
  readonly isDraining: () => boolean;
  /** `--allow-run`, `--allow-params`, `--allow-update`. */
  readonly allow: {
    readonly run: boolean;
    readonly params: boolean;
    readonly update: boolean;
  };
  /** The apps of `--gen1`. */
  readonly gen1: readonly string[];
  readonly exec: (call: ExecCall) => Promise<void>;
  readonly run: (call: RunCall) => Promise<Task>;
  readonly deps: Pick<Deps, "now" | "sleep">;
  readonly log: Log;
}

/** A request whose token was right. */
export interface KnownRequest {
  readonly exchange: Exchange;
  readonly user: User;
  readonly caller: Caller;
}

/** What the generation of an app is. */
export function generationOf(
  { gen1 }: Pick<RackRoom, "gen1">,
  app: string,
): 1 | 2 {
  return gen1.includes(app) ? 1 : 2;
}
