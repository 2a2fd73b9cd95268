import { type DecidedSession } from "../../exec/decide_way.ts";
import { describeCommand } from "../../exec/prepare_command.ts";
import type { Carrier } from "../../session/rack/v1/open_request.ts";
import type { LastWord } from "../../session/rack/v1/last_word.ts";
import type { AuditEntry } from "../audit_entry.ts";
import type { ExecCall } from "./session_call.ts";
import type { SessionPorts } from "./session_ports.ts";

/** What is told of one exec. */
export interface ExecAudit {
  /**
   * Before AWS, or Docker, is asked for the session.
   *
   * @throws {Refusal} where it could not be written: nothing must be opened then.
   */
  open(decided: DecidedSession, carrier: Carrier): Promise<void>;
  /** Once it is over, or was refused. A line that cannot be written any more changes nothing. */
  end(
    word: LastWord | undefined,
    facts: Pick<AuditEntry, "session" | "bytes">,
  ): Promise<void>;
}

/** Tells of an exec: its beginning, and then its end. */
export function auditExec(
  { caller, place }: Pick<ExecCall, "caller" | "place">,
  { audit, log }: Pick<SessionPorts, "audit" | "log">,
): ExecAudit {
  let known: Omit<AuditEntry, "event"> = {
    user: caller.name,
    address: caller.address,
    verb: "exec",
    app: place.app,
    service: place.service,
    task: place.task.id,
  };
  let opened = false;
  let unwritten = false;
  return {
    async open({ target, way: { route }, invocation, config }, carrier) {
      known = {
        ...known,
        container: target.container.name,
        command: describeCommand(invocation.command, config),
        route: route.kind,
        because: route.because,
        carrier,
      };
      try {
        await audit.write({ event: "open", ...known });
        opened = true;
      } catch (error) {
        unwritten = true;
        throw error;
      }
    },
    async end(word, facts) {
      const { command: _, because: _because, ...rest } = known;
      const written = audit.write({
        event: opened ? "end" : "refuse",
        ...rest,
        ...facts,
        ...(opened
          ? { status: word?.kind === "status" ? word.status : null }
          : {}),
        ...(word?.kind === "error" ? { error: word.message } : {}),
      }).catch(() =>
        log.warn("The audit of a session's end could not be written")
      );
      // Who is refused because nothing can be written does not wait once more.
      if (!unwritten) await written;
    },
  };
}
