import type { AwsAccess, Task } from "../../access/access.ts";
import type { EcsExecChoice, HandoffChoice } from "../../choices.ts";
import type { Config } from "../../config/config.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import type { Audit } from "../audit_entry.ts";
import type {
  Caller,
  ExecCall,
  RunCall,
  TicketFacts,
  UserSessions,
} from "./session_call.ts";

/** What sessions need of the rack around them. */
export interface SessionPorts {
  /** `--name`, for errors. */
  readonly rack: string;
  readonly region: string;
  /** With the rack's own credentials. */
  readonly access: AwsAccess;
  /** The same for the same user: their credentials are kept. */
  readonly sessionsOf: (caller: Caller) => UserSessions;
  readonly audit: Audit;
  /** A ticket for a session that is handed off, good until `--max-session` is over. */
  readonly signTicket: (facts: TicketFacts) => Promise<string>;
  /** The rack's parameter as it is now. */
  readonly readEcsExec: () => Promise<EcsExecChoice>;
  /** Of `--config`: how Docker is reached; undefined without one. */
  readonly docker: Config | undefined;
  readonly handoff: HandoffChoice;
  /** For all that leaves the process otherwise: clocks, programs, files. */
  readonly deps: Deps;
  readonly log: Log;
}

/** Serves an exec to its end. Never rejects; it has released the slot, or handed it off, when it resolves. */
export type ServeExec = (call: ExecCall, ports: SessionPorts) => Promise<void>;

/**
 * Starts a task for `POST …/processes`, tagged as the caller's.
 *
 * @throws {Refusal} what the caller is to be told; PortholeError where AWS refuses.
 */
export type StartRun = (call: RunCall, ports: SessionPorts) => Promise<Task>;

/** The tags that say whose task a run task is. They count only on tasks that no service has. */
export const RUN_TAGS = {
  /** `--name`. */
  rack: "porthole:rack",
  /** The token's id. */
  user: "porthole:user",
  /** The service it was run like. */
  service: "porthole:service",
} as const;
