import type { UpgradeRequest } from "../http/check_upgrade.ts";
import { Refusal, refuseUnseen } from "../refusal.ts";
import type { KnownRequest, RackRoom } from "./request.ts";

/** Convox's command lines look at a rack's log while they wait for an update: so long, and not many at a time. */
const HELD_MS = 35 * 60_000;
const MOST_OF_USER = 4;

const held = new WeakMap<RackRoom, Map<string, number>>();

/** `GET /system/logs`: a log that stays silent. */
export async function holdLogs(
  { exchange, user }: KnownRequest,
  upgrade: UpgradeRequest | undefined,
  room: RackRoom,
): Promise<void> {
  if (upgrade === undefined) throw refuseUnseen();
  const counts = held.get(room) ?? new Map<string, number>();
  held.set(room, counts);
  const count = counts.get(user.id) ?? 0;
  if (count >= MOST_OF_USER) throw new Refusal(429, "too many requests");
  counts.set(user.id, count + 1);
  const left = new AbortController();
  const socket = exchange.upgrade({
    onText: () => {},
    onBinary: () => {},
    onAlive: () => {},
    onClose: () => left.abort(),
  }, { key: upgrade.key });
  try {
    await room.deps.sleep(HELD_MS, left.signal);
  } finally {
    socket.close();
    const rest = (counts.get(user.id) ?? 1) - 1;
    if (rest === 0) counts.delete(user.id);
    else counts.set(user.id, rest);
  }
}
