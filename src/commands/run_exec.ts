import type { Deps } from "../deps.ts";
import type { Session } from "../session/session.ts";
import type { Target } from "../target/target.ts";
import type { SessionRun } from "../terminal/run_session.ts";
import { awaitAgent } from "./await_agent.ts";
import type { Cancellation } from "./cancel_on_signal.ts";
import { followSession } from "./follow_session.ts";
import { openDocker } from "./open_docker.ts";
import { openSession } from "./open_session.ts";
import { decide, type Learn, type PreparedExec } from "./prepare_exec.ts";
import { findInstance } from "./reach_docker.ts";
import { requestSession } from "./request_session.ts";
import { settleOutcome } from "./settle_outcome.ts";
import {
  type Deadline,
  explainTimeout,
  orTimeout,
  startDeadline,
} from "./start_deadline.ts";

/** How long AWS may take to end a session that nobody could join. */
const CLEAN_UP_MS = 1_000;

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
    target: await cancellation.orCancelled(readyTarget(plan, deps)),
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
): Promise<Target> {
  if (route.kind === "docker") return target;
  const { agentTimeoutMs, shared } = invocation;
  const ready = await awaitAgent(target, agentTimeoutMs, {
    access,
    log,
    deps,
    shared,
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
  { deps, learn, deadline, cancellation }: {
    readonly deps: Deps;
    readonly learn: Learn;
    readonly deadline: Deadline;
    readonly cancellation: Cancellation;
  },
): Promise<Session> {
  const { config, streams, route, carrier, target, command, keepAlive } =
    prepared;
  const { invocation, aws, access, log } = prepared;
  // A shell must not end after ten minutes: for it only the opening is limited.
  const onStarted = () => streams.interactive && deadline.cancel();
  if (carrier.kind === "docker") {
    return await cancellation.orCancelled(
      orTimeout(openDocker(prepared, deps, onStarted), deadline),
    );
  }
  const isOver = () => deadline.isOver() || cancellation.isCancelled();
  const request = async () =>
    route.kind === "docker"
      ? await access.openInstanceSession(
        await findInstance(prepared),
        command.text,
      )
      : await requestSession(target, command.text, {
        access,
        log,
        deps,
        waitMs: invocation.agentTimeoutMs,
        isOver,
      });
  const granting = request();
  const start = async () => {
    const grant = await granting;
    learn({ sessionId: grant.sessionId });
    if (isOver()) throw new Error("nobody waits for it any more");
    return await openSession(
      {
        carrier,
        grant,
        interactive: streams.interactive,
        wrapped: command.wrapped,
        behindScript: command.behindScript,
        keepAlive,
        profile: config.profile?.value,
      },
      {
        aws,
        access,
        deps,
        log,
        onStarted,
      },
    );
  };
  try {
    return await cancellation.orCancelled(orTimeout(start(), deadline));
  } catch (error) {
    // What AWS has granted would stay open, with nobody in it.
    const soon = () => deps.sleep(CLEAN_UP_MS).then(() => undefined);
    const grant = await Promise.race([granting.catch(() => {}), soon()]);
    if (grant !== undefined) {
      await Promise.race([
        access.terminateSession(grant.sessionId).catch(() => {}),
        soon(),
      ]);
    }
    throw error;
  }
}
