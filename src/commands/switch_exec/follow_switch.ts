import type { Task } from "../../access/access.ts";
import { explainDiagnosis } from "../../diagnosis/explain_diagnosis.ts";
import { lookUpFacts } from "../../diagnosis/look_up_facts.ts";
import { rankCauses } from "../../diagnosis/rank_causes.ts";
import { describeAge, formatDuration } from "../../duration.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { formatProgress } from "../../output/format_exec_switch.ts";
import {
  describeTaskEnd,
  explainRollout,
} from "../../service/explain_rollout.ts";
import {
  followRollout,
  type RolloutEnd,
} from "../../service/follow_rollout.ts";
import {
  countProgress,
  needsReplacement,
  readAgents,
  type RolloutGoal,
  type RolloutLook,
} from "../../service/judge_rollout.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { startProgressLine } from "../../report/progress_line.ts";
import type { SwitchedService } from "./switched_service.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";

/** How long after its time the last look may still take: then AWS does not answer at all. */
const LAST_LOOK_MS = 10_000;

/**
 * Follows a deployment to its end, and shows how far it is: in a line that counts, or in the log.
 * Resolves with the last look; whatever ends the following does not end the deployment, and says so.
 *
 * @throws {PortholeError} deployment_failed, agent_not_running, timed_out, cancelled, and what AWS
 * refuses.
 */
export async function followSwitch(
  place: SwitchedService,
  goal: RolloutGoal,
): Promise<RolloutLook> {
  const { config, cancellation: { deps }, learn } = place;
  const since = deps.now();
  const limitMs = config.timeoutMs.value;
  const end = await watch(place, goal, { since, limitMs });
  learn({ endedAt: deps.now() });
  const { state } = end;
  if (state.kind === "done") {
    warnOfStoppedAgents(place, end);
    return end.look;
  }
  throw explainRollout({
    ...end,
    state,
    limitMs,
    since: goal.deployment.createdAt ?? since,
    stopped: await findStopped(place, end.goal),
    causes: await findCauses(place, end),
  });
}

/** Looks on; what ends the looking ends nothing else. */
async function watch(
  place: SwitchedService,
  goal: RolloutGoal,
  { since, limitMs }: { readonly since: Date; readonly limitMs: number },
): Promise<RolloutEnd> {
  const { access, cluster, service, cancellation, learn } = place;
  const { deps } = cancellation;
  const view = createView(place, since);
  const following = followRollout(goal, {
    access,
    cluster,
    service,
    limitMs,
    deps,
    onLook: view.look,
  });
  const patience = {
    timeoutMs: { value: limitMs === 0 ? 0 : limitMs + LAST_LOOK_MS },
  };
  try {
    return await cancellation.orCancelled(
      withinTimeout(following, patience, deps),
    ).finally(view.end);
  } catch (error) {
    learn({ endedAt: deps.now() });
    throw tellItGoesOn(error, place, goal);
  }
}

/** How ECS puts it that a task was one too many; one that fails its health checks is stopped by ECS, too. */
const SCALED_IN = /^Scaling activity initiated by /;

/** What is shown of the looks. */
function createView(place: SwitchedService, since: Date) {
  const { invocation, config, cancellation: { deps }, log, learn } = place;
  const start = () => startProgressLine(log, deps, invocation.shared);
  const limitMs = config.timeoutMs.value;
  const limit = formatDuration(limitMs);
  let line = start();
  const warn = (text: string) => {
    line.clear();
    log.warn(text);
    line = start();
  };
  let failed = 0;
  let warned = "";
  let followed: string | undefined;
  return {
    look: async (look: RolloutLook, goal: RolloutGoal): Promise<void> => {
      const tasks = countProgress(look, goal);
      const remaining = look.tasks
        .filter((task) => needsReplacement(task, goal.enable))
        .map(({ id }) => id);
      learn({ tasks, remaining, deployment: goal.deployment.id });
      if (followed !== undefined && followed !== goal.deployment.id) {
        failed = 0;
        warn(
          `The service was deployed again; now following deployment ${goal.deployment.id}`,
        );
      }
      followed = goal.deployment.id;
      if (tasks.failed > failed) {
        failed = tasks.failed;
        const [last] = await findStopped(place, goal);
        const reason = last && describeTaskEnd(last);
        // ECS tries again and again, and a task is as good as another.
        if (last !== undefined && reason !== undefined && reason !== warned) {
          warn(`Task ${last.id} stopped: ${reason}`);
          warned = reason;
        }
      }
      const text = formatProgress(tasks, goal.enable);
      const age = describeAge(since, deps.now());
      line.show(text, limitMs === 0 ? age : `${age} of ${limit}`);
    },
    end: () => line.clear(),
  };
}

/** The deployment's tasks that have stopped by themselves, the last one first; none where they may not be seen. */
async function findStopped(
  { access, cluster, service }: SwitchedService,
  { deployment }: RolloutGoal,
): Promise<readonly Task[]> {
  const tasks = await access.listTasks(cluster, service, "STOPPED")
    .catch(() => []);
  const at = ({ stoppedAt }: Task) => stoppedAt?.getTime() ?? 0;
  return tasks
    .filter(({ startedBy, stoppedReason = "" }) =>
      startedBy === deployment.id && !SCALED_IN.test(stoppedReason)
    )
    .toSorted((a, b) => at(b) - at(a));
}

/** Why the first agent that does not run may not. */
async function findCauses(
  { access, cluster, service }: SwitchedService,
  { look: { tasks }, goal }: RolloutEnd,
): Promise<readonly string[]> {
  if (!goal.enable) return [];
  const task = tasks.find((one) =>
    one.executeCommandEnabled && one.status === "RUNNING" &&
    readAgents(one) !== "RUNNING"
  );
  const container = task?.containers.find(({ agent }) =>
    agent?.status !== "RUNNING"
  );
  if (task === undefined || container === undefined) return [];
  const target = { cluster, service, task, container, notes: [] };
  const facts = await lookUpFacts(access, target);
  const { agent, ...rest } = facts.container;
  const reason = agent?.reason === undefined ? "" : ` (${agent.reason})`;
  // That the agent does not run is known; the causes are to say why.
  const { hints } = explainDiagnosis(
    new PortholeError("agent_not_running", ""),
    rankCauses({ ...facts, container: rest }),
  );
  return [
    `the agent of container "${container.name}" of task ${task.id} is ${
      agent?.status ?? "not reported"
    }${reason}`,
    ...hints,
  ];
}

/** A container whose agent has stopped stays shut, though the others of its task are open. */
function warnOfStoppedAgents(
  { log }: SwitchedService,
  { look, goal }: RolloutEnd,
): void {
  if (!goal.enable) return;
  const shut = new Set(
    look.tasks.flatMap(({ containers }) => containers)
      .filter(({ status, agent }) =>
        status === "RUNNING" && agent?.status === "STOPPED"
      )
      .map(({ name }) => `"${name}"`),
  );
  if (shut.size === 0) return;
  log.warn(`The ECS Exec agent is STOPPED in ${[...shut].join(", ")}`);
}

/** A signal, or a line that is lost, ends the following alone. */
function tellItGoesOn(
  error: unknown,
  { cluster, service, log }: SwitchedService,
  { enable, deployment }: RolloutGoal,
): unknown {
  if (!(error instanceof PortholeError)) return error;
  const again = `porthole ${enable ? "enable" : "disable"}-exec ${
    nameOfArn(cluster)
  }/${nameOfArn(service)}`;
  const goesOn =
    `deployment ${deployment.id} continues: ${again} follows it again`;
  if (error instanceof CancelledBySignal) {
    log.warn(`Stopped following; ${goesOn}`);
    return error;
  }
  return error.code === "service_not_found" ? error : error.withHint(goesOn);
}
