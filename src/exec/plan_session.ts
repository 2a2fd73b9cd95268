import type { SessionGrant } from "../access/access.ts";
import type { Carrier, SessionPlan } from "./open_session.ts";
import type { PreparedExec } from "./prepare_exec.ts";

/** A prepared exec that Session Manager carries. */
export type CarriedExec = Omit<PreparedExec, "carrier"> & {
  readonly carrier: Carrier;
};

/** The plan of a session that AWS has granted. */
export function planSession(
  { carrier, streams, command, keepAlive, config }: CarriedExec,
  grant: SessionGrant,
): SessionPlan {
  return {
    carrier,
    grant,
    interactive: streams.interactive,
    wrapped: command.wrapped,
    behindScript: command.behindScript,
    keepAlive,
    profile: config.profile?.value,
  };
}
