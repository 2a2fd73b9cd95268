import type { Deps } from "../../deps.ts";
import { Refusal } from "../refusal.ts";
import type {
  Caller,
  EndReason,
  SessionSlot,
} from "../sessions/session_call.ts";

/** What a session's rights hang on. */
export interface SessionRights {
  readonly caller: Caller;
  readonly app: string;
  readonly service: string;
  readonly isRun: boolean;
}

/** The sessions of this process, relayed and handed off. */
export interface SessionTable {
  /**
   * Takes a share of the limits.
   *
   * @throws {Refusal} 429, 503 while the rack stops.
   */
  open(rights: SessionRights): SessionSlot;
  /** Knows of a session that was handed off, here or by another process of the rack. */
  adopt(rights: SessionRights, sessionId: string, opened: Date): void;
  /** Forgets a session that was handed off, because it has ended. */
  forget(sessionId: string): void;
  /** Ends those that are no longer allowed, or too old. */
  judge(isAllowed: (rights: SessionRights) => boolean): void;
  /** From now on nothing is opened. */
  drain(): void;
  /** Ends what is relayed; resolves when all of that is over. */
  endRelays(): Promise<void>;
  /** How many are relayed, or about to be opened. */
  relays(): number;
}

/** What the table needs. */
export interface TableDeps extends Pick<Deps, "now"> {
  readonly perUser: number;
  readonly inAll: number;
  readonly maxSessionMs: number;
  /** Ends a session that was handed off, on AWS's side; resolves with whether that is done. Never rejects. */
  readonly terminate: (
    rights: SessionRights,
    sessionId: string,
    reason: EndReason,
  ) => Promise<boolean>;
}

/** AWS ends a session whose client is silent for so long; who does not tell the end of one has it counted until then. */
const HANDED_OFF_MS = 20 * 60_000;

interface Relay extends SessionRights {
  readonly opened: number;
  readonly ended: AbortController;
}

interface HandOff extends SessionRights {
  readonly sessionId: string;
  readonly opened: number;
  /** Until then it counts. */
  readonly countsUntil: number;
  isEnding: boolean;
}

/** Makes an empty table. */
export function createSessionTable(
  { now, perUser, inAll, maxSessionMs, terminate }: TableDeps,
): SessionTable {
  const relays = new Set<Relay>();
  const handOffs = new Map<string, HandOff>();
  let isDraining = false;
  const whenOver: (() => void)[] = [];
  const time = () => now().getTime();

  const countedHandOffs = () =>
    [...handOffs.values()].filter(({ countsUntil }) => countsUntil > time());

  function check({ id }: Caller): void {
    if (isDraining) throw refuseRestart();
    const all = [...relays, ...countedHandOffs()];
    const own = all.filter(({ caller }) => caller.id === id).length;
    if (own >= perUser) {
      throw new Refusal(429, `too many sessions (${perUser})`);
    }
    if (all.length >= inAll) {
      throw new Refusal(429, `too many sessions (${inAll})`);
    }
  }

  function release(relay: Relay): void {
    relays.delete(relay);
    if (relays.size === 0) { for (const tell of whenOver.splice(0)) tell(); }
  }

  function adopt(
    { caller, app, service, isRun }: SessionRights,
    sessionId: string,
    opened: number,
  ): void {
    handOffs.set(sessionId, {
      caller,
      app,
      service,
      isRun,
      sessionId,
      opened,
      countsUntil: time() + HANDED_OFF_MS,
      isEnding: false,
    });
  }

  const isTooOld = (opened: number) => time() - opened >= maxSessionMs;

  return {
    open(rights) {
      check(rights.caller);
      const relay: Relay = {
        ...rights,
        opened: time(),
        ended: new AbortController(),
      };
      relays.add(relay);
      return {
        ended: relay.ended.signal,
        handOff({ sessionId }) {
          if (!relays.has(relay)) return;
          adopt(relay, sessionId, relay.opened);
          release(relay);
        },
        release: () => release(relay),
      };
    },
    adopt: (rights, sessionId, opened) =>
      adopt(rights, sessionId, opened.getTime()),
    forget: (sessionId) => void handOffs.delete(sessionId),
    judge(isAllowed) {
      const judgeOne = (
        one: SessionRights & { readonly opened: number },
      ): EndReason | undefined =>
        !isAllowed(one)
          ? "revoked"
          : isTooOld(one.opened)
          ? "max_session"
          : undefined;
      for (const relay of relays) {
        const reason = judgeOne(relay);
        if (reason !== undefined) relay.ended.abort(reason);
      }
      for (const handOff of handOffs.values()) {
        const reason = judgeOne(handOff);
        if (reason === undefined || handOff.isEnding) continue;
        handOff.isEnding = true;
        void terminate(handOff, handOff.sessionId, reason).then((isDone) => {
          handOff.isEnding = false;
          // What is not done is tried again the next time.
          if (isDone && handOffs.get(handOff.sessionId) === handOff) {
            handOffs.delete(handOff.sessionId);
          }
        });
      }
    },
    drain: () => void (isDraining = true),
    async endRelays() {
      if (relays.size === 0) return;
      const over = new Promise<void>((resolve) => whenOver.push(resolve));
      for (const { ended } of relays) {
        ended.abort("restart" satisfies EndReason);
      }
      await over;
    },
    relays: () => relays.size,
  };
}

/** What is refused while the rack stops. */
export function refuseRestart(): Refusal {
  return new Refusal(503, "the rack is restarting, try again");
}
