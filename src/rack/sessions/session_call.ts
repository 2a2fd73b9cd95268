import type { Task } from "../../access/access.ts";
import type { BrokeredSessions } from "../../access/aws/create_brokered_sessions.ts";
import type { TerminalSize } from "../../session/session.ts";
import type {
  RawSocket,
  SocketEvents,
} from "../../session/channel/connect_socket.ts";

/** Who asks: a user whose token was right. */
export interface Caller {
  readonly name: string;
  /** The token's id, random: another token of the same name is another user. */
  readonly id: string;
  readonly address: string;
}

/** A task that the caller may enter, as it was a moment ago. */
export interface Place {
  /** The cluster's name. */
  readonly app: string;
  /** 1 always takes Docker. */
  readonly generation: 1 | 2;
  /** The service's name; of a task that was run, the service it was run like. */
  readonly service: string;
  /** The task is no service's: the caller has run it. */
  readonly isRun: boolean;
  readonly task: Task;
}

/** What the client speaks, with what its head has said already. */
export type Dialect =
  /** porthole.rack.v1: its first message says the rest. */
  | { readonly kind: "porthole" }
  /** Convox's command lines. */
  | {
    readonly kind: "convox";
    /** One shell line. */
    readonly command: string;
    /** False where its stdin is no terminal (`Tty: false`). */
    readonly tty: boolean;
    readonly entrypoint: boolean;
    readonly size?: TerminalSize;
  };

/** Why a session is ended by the rack. */
export type EndReason =
  /** The token was removed, has expired, or may no longer do this. */
  | "revoked"
  /** `--max-session` is over. */
  | "max_session"
  /** The rack stops: its drain is over. */
  | "restart";

/** One session's share of the limits, held from before it is opened. */
export interface SessionSlot {
  /** Aborted, with an `EndReason` as its reason, when the session has to end: within a second. */
  readonly ended: AbortSignal;
  /**
   * The client carries the session from now on. The rack ends it (TerminateSession) when that is due;
   * `release` is then not called.
   */
  handOff(session: HandedOff): void;
  /** Gives the share back; a second call does nothing. */
  release(): void;
}

/** What the rack has to know of a session that it handed off. */
export interface HandedOff {
  readonly sessionId: string;
}

/** An exec: it is authenticated, looked up, within its scope and the limits, and not yet upgraded. */
export interface ExecCall {
  readonly caller: Caller;
  readonly place: Place;
  readonly dialect: Dialect;
  readonly slot: SessionSlot;
  /**
   * Answers the upgrade, with porthole.rack.v1 where that is the dialect, and is a WebSocket from then on. What
   * the other side does not read is kept up to 8 MiB, then dropped: the caller pauses its source before.
   * Called once.
   */
  readonly accept: (events: SocketEvents) => RawSocket;
}

/** A task to run like a service's. */
export interface RunCall {
  readonly caller: Caller;
  readonly app: string;
  readonly generation: 1 | 2;
  readonly service: string;
  /** One shell line; absent: what the image says. */
  readonly command?: string;
  readonly environment: readonly {
    readonly name: string;
    readonly value: string;
  }[];
  /** MiB. */
  readonly memory?: number;
}

/** Sessions as one user opens them: with `--session-role`, CloudTrail has their name. */
export type UserSessions = Pick<
  BrokeredSessions,
  | "open"
  | "signUpgrade"
  | "resumeSession"
  | "terminateSession"
  | "createDataKey"
  | "presign"
  | "renew"
  | "isEncrypted"
>;

/** What a ticket says: which session, and whose. */
export interface TicketFacts {
  readonly app: string;
  readonly service: string;
  readonly run: boolean;
  readonly sessionId: string;
  /** `ecs:<cluster>_<task>_<runtimeId>`. */
  readonly target: string;
  readonly task: string;
  readonly container: string;
  /** The token's id. */
  readonly user: string;
  readonly opened: Date;
}
