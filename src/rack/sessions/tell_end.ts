import { explainUnknown, type PortholeError } from "../../errors.ts";
import { type DecidedSession } from "../../exec/decide_way.ts";
import { settleOutcome } from "../../exec/settle_outcome.ts";
import type { LastWord } from "../../session/rack/v1/last_word.ts";
import { ProtocolError } from "../../session/rack/v1/protocol.ts";
import type { StreamSession } from "../../session/session.ts";
import { Refusal } from "../refusal.ts";
import type { Relayed } from "./relay_bytes.ts";
import type { EndReason } from "./session_call.ts";
import type { SessionPorts } from "./session_ports.ts";

/** What the end of a session is told with. */
export interface ServedEnd {
  /** Undefined where the client has carried it away. */
  readonly word: LastWord | undefined;
  readonly session?: string;
  readonly bytes?: { readonly in: number; readonly out: number };
}

/** How a session ends that is served, however that comes. */
export async function settleServed(
  serving: Promise<ServedEnd>,
  { ended }: { readonly ended: AbortSignal },
): Promise<ServedEnd> {
  try {
    return await serving;
  } catch (error) {
    return {
      word: ended.aborted ? tellEnded(ended.reason) : tellFailure(error),
    };
  }
}

/** What became of a session that was carried to its end, or as far as it was seen. */
export async function tellRelayed(
  { end, bytes }: Relayed,
  { decided, session, ended, cancelled }: {
    readonly decided: DecidedSession;
    readonly session: Pick<StreamSession, "left">;
    /** Aborted where the rack has ended it. */
    readonly ended: AbortSignal;
    /** The client has. */
    readonly cancelled: boolean;
  },
  { deps }: Pick<SessionPorts, "deps">,
): Promise<LastWord> {
  if (ended.aborted) return tellEnded(ended.reason);
  if (end === undefined) return { kind: "unseen" };
  try {
    const status = await settleOutcome(
      { kind: "ended", end, bytes },
      decided,
      deps,
    );
    return status === undefined
      ? { kind: "unknown" }
      : { kind: "status", status };
  } catch (error) {
    return cancelled && session.left?.() !== undefined
      ? { kind: "unseen" }
      : tellFailure(error);
  }
}

/** Why there is no session, or none any more. */
export function tellFailure(
  error: unknown,
): Extract<LastWord, { kind: "error" }> {
  if (error instanceof ProtocolError) {
    return refuse("session_refused", `Cannot go on: ${error.message}`);
  }
  if (error instanceof Refusal) {
    return {
      ...refuse("rack_refused", error.message),
      hint: error.hint,
      // Nothing has been opened then.
      retry: error.status === 503,
    };
  }
  const { code, message, hint } = explainUnknown(error);
  return { ...refuse(code, message), hint };
}

/** Why the rack has ended a session. */
export function tellEnded(
  reason: EndReason,
): Extract<LastWord, { kind: "error" }> {
  return refuse(
    "session_lost",
    `Cannot continue the session: ${REASONS[reason]}`,
  );
}

const REASONS: Readonly<Record<EndReason, string>> = {
  revoked: "its token does not allow it any more",
  max_session: "it has lasted as long as the rack allows (--max-session)",
  restart: "the rack is restarting",
};

function refuse(
  code: PortholeError["code"],
  message: string,
): Extract<LastWord, { kind: "error" }> {
  return { kind: "error", code, message, hint: undefined, retry: false };
}
