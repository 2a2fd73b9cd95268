import type { Deps } from "../deps.ts";
import type { Session } from "../session/session.ts";
import type { Target } from "../target/target.ts";
import type { SessionRun } from "../terminal/run_session.ts";
import { awaitAgent } from "./await_agent.ts";
import type { Cancellation } from "../limits/cancel_on_signal.ts";
import { followSession } from "./follow_session.ts";
import { openGranted } from "./open_granted.ts";
import type { OpeningWay } from "./open_on_instance.ts";
import { openSession } from "./open_session.ts";
import { planSession } from "./plan_session.ts";
import type { Learn } from "../report/report_session.ts";
import { decide, type PreparedExec } from "./prepare_exec.ts";
import { requestSession } from "./request_session.ts";
import { settleOutcome } from "./settle_outcome.ts";
import {
  explainTimeout,
  orTimeout,
  startDeadline,
} from "../limits/start_deadline.ts";

/** Runs what was prepared; resolves with the command's status, undefined where nothing tells it. */
export async function runExec(
  plan: PreparedExec,
  { deps, learn, cancellation }: {
    readonly deps: Deps;
    readonly learn: Learn;
    readonly cancellation: Cancellation;
  },
): Promise<number | undefined> {
  const { config, carrier, log } = plan;
  const prepared = {
    ...plan,
    target: await cancellation.orCancelled(
      readyTarget(plan, deps, cancellation),
    ),
  };
  if (carrier.notice !== undefined) log.info(carrier.notice);
  const run = planRun(prepared);

  const limit = config.timeoutMs.value;
  const deadline = startDeadline(limit, deps);
  learn({ startedAt: deps.now() });
  try {
    const session = await open(prepared, {
      deps,
      learn,
      deadline,
      cancellation,
    });
    const outcome = await followSession(session, run, {
      ...prepared,
      deadline,
      deps,
    });
    learn({ bytes: session.kind === "stream" ? outcome.bytes : undefined });
    if (deadline.isOver()) throw explainTimeout(limit);
    return await settleOutcome(outcome, prepared);
  } catch (error) {
    throw deadline.isOver() ? explainTimeout(limit) : error;
  } finally {
    deadline.cancel();
    learn({ endedAt: deps.now() });
  }
}

/** The target once its agent runs. */
async function readyTarget(
  { invocation, config, route, target, access, log }: PreparedExec,
  deps: Deps,
  cancellation: Cancellation,
): Promise<Target> {
  if (route.kind === "docker") return target;
  const { agentTimeoutMs, shared } = invocation;
  const ready = await awaitAgent(target, agentTimeoutMs, {
    access,
    log,
    deps,
    shared,
    cancellation,
  });
  // What it has become while we waited may be STOPPED.
  if (ready !== target) await decide(ready, config, access);
  return ready;
}

function planRun({ streams, carrier, log }: PreparedExec): SessionRun {
  const { interactive, stdin } = streams;
  if (carrier.kind !== "plugin" || interactive || !stdin) {
    return { interactive, readStdin: stdin };
  }
  log.warn(
    "Standard input is not sent: session-manager-plugin would end with it (--session builtin sends it)",
  );
  return { interactive, readStdin: false };
}

async function open(
  prepared: PreparedExec,
  way: OpeningWay,
): Promise<Session> {
  const { streams, route, carrier, target, command, access, log } = prepared;
  const { invocation } = prepared;
  const { deps, learn, deadline, cancellation } = way;
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => streams.interactive && deadline.cancel();
  // Most sessions need nothing of Docker's.
  if (carrier.kind === "docker") {
    const { openDocker } = await import("./open_docker.ts");
    return await cancellation.orCancelled(
      orTimeout(openDocker(prepared, deps, onStarted), deadline),
    );
  }
  if (route.kind === "docker") {
    const { openOnInstance } = await import("./open_on_instance.ts");
    return await openOnInstance({ ...prepared, carrier }, {
      ...way,
      onStarted,
    });
  }
  return await openGranted(
    async (isOver) => {
      const grant = await requestSession(target, command.text, {
        access,
        log,
        deps,
        waitMs: invocation.agentTimeoutMs,
        isOver,
      });
      learn({ sessionId: grant.sessionId });
      return grant;
    },
    (grant) =>
      openSession(planSession({ ...prepared, carrier }, grant), {
        ...prepared,
        deps,
        onStarted,
      }),
    { access, ...way },
  );
}
