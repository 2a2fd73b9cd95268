import type { Deps } from "../../deps.ts";
import { messageOf } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Audit } from "../audit_entry.ts";
import type { User } from "./user.ts";
import type { UserStore } from "./user_store.ts";

/** Who may use the rack, as last read. */
export interface UserWatch {
  /** By name; undefined when the last list that could be read is too old: nothing new is allowed then. */
  current(): ReadonlyMap<string, User> | undefined;
  /** Called after each time the list was read or found too old. */
  onLook(tell: () => void): void;
}

/** What watching needs. */
export interface WatchDeps extends Pick<Deps, "now" | "sleep"> {
  readonly store: UserStore;
  readonly audit: Audit;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const EVERY_MS = 15_000;
const GOOD_MS = 60_000;

/** Reads the users in the background until `signal` aborts; resolves when they have been read once, or could not be. */
export async function watchUsers(
  { store, audit, log, signal, now, sleep }: WatchDeps,
): Promise<UserWatch> {
  let good:
    | { readonly users: ReadonlyMap<string, User>; readonly at: number }
    | undefined;
  let told = "";
  const listeners: (() => void)[] = [];

  async function look(): Promise<void> {
    const at = now().getTime();
    try {
      const { users, unreadable } = await store.read();
      good = { users: new Map(users.map((user) => [user.name, user])), at };
      const names = unreadable.toSorted().slice(0, 100).join(" ");
      if (names !== "" && names !== told) {
        log.warn(`Cannot read ${unreadable.length} users; they are refused`);
        void audit.write({
          event: "users",
          count: unreadable.length,
          error: `cannot be read, and are refused: ${names}`,
        }).catch(() => {});
      }
      told = names;
    } catch (error) {
      log.warn(messageOf(error));
    }
    for (const tell of listeners) tell();
  }

  await look();
  void (async () => {
    while (!signal.aborted) {
      await sleep(EVERY_MS, signal);
      if (!signal.aborted) await look();
    }
  })();
  return {
    current: () =>
      good !== undefined && now().getTime() - good.at <= GOOD_MS
        ? good.users
        : undefined,
    onLook: (tell) => void listeners.push(tell),
  };
}
