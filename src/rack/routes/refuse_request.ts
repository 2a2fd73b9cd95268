import { PortholeError } from "../../errors.ts";
import type { AuditEntry } from "../audit_entry.ts";
import { AuditRefusal, Refusal } from "../refusal.ts";
import type { KnownRequest, RackRoom } from "./request.ts";

/** @throws {Refusal} 429 */
export function checkRate(
  { user }: KnownRequest,
  { mayLookUp }: Pick<RackRoom, "mayLookUp">,
): void {
  if (!mayLookUp(user.id)) throw new Refusal(429, "too many requests");
}

/** What the asker is told; what AWS said may name what they must not see, and goes into the rack's log. */
export function explainRefusal(
  error: unknown,
  { log }: Pick<RackRoom, "log">,
): Refusal {
  if (error instanceof Refusal) return error;
  const shown = error instanceof PortholeError ? error.code : "internal";
  log.warn(error instanceof Error ? error.message : "an unknown failure");
  return new Refusal(
    503,
    `the rack cannot do this now (${shown}), try again`,
    "the rack's log has the reason",
  );
}

/** Tells the audit of a refusal, and throws what the asker is told. */
export async function tellRefusal(
  error: unknown,
  { caller }: Pick<KnownRequest, "caller">,
  entry: Pick<AuditEntry, "verb" | "app" | "service" | "task">,
  room: Pick<RackRoom, "audit" | "log">,
): Promise<Refusal> {
  const refusal = explainRefusal(error, room);
  const written = room.audit.write({
    event: "refuse",
    user: caller.name,
    address: caller.address,
    ...entry,
    error: refusal.message,
  }).catch(() => {});
  if (!(refusal instanceof AuditRefusal)) await written;
  return refusal;
}
