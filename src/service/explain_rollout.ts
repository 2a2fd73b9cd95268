import type { Deployment, Task } from "../access/access.ts";
import { formatDuration } from "../duration.ts";
import { type ErrorDetails, PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import { sayTurn } from "../output/format_exec_switch.ts";
import type { RolloutEnd } from "./follow_rollout.ts";
import { findPrimary, needsReplacement } from "./judge_rollout.ts";

/** A rollout that has not succeeded, and all that is known of it. */
export interface RolloutStory extends Pick<RolloutEnd, "look" | "goal"> {
  readonly state: Exclude<RolloutEnd["state"], { readonly kind: "done" }>;
  /** Milliseconds it was followed at most. */
  readonly limitMs: number;
  /** When it began: events before it are of other deployments. */
  readonly since: Date;
  /** Tasks of the deployment that have stopped; none where they cannot be seen. */
  readonly stopped: readonly Task[];
  /** Why agents do not run, a line each. */
  readonly causes: readonly string[];
}

/** How many events, and how many tasks of a kind, an error names. */
const NAMED = 3;

/** Events that tell of every task ECS starts and stops would leave no room for those that tell why. */
const ROUTINE = / has (started|stopped) \d+ /;

const GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/";
const ON_EVENTS = `${GUIDE}service-event-messages.html`;
const ON_EXEC = `${GUIDE}ecs-exec-troubleshooting.html`;

/** Explains what happened, which tasks remain, and how to go back. */
export function explainRollout(story: RolloutStory): PortholeError {
  const { state, look: { service }, goal: { enable, deployment } } = story;
  const what = `${sayTurn(enable)} for service "${service.name}"`;
  switch (state.kind) {
    case "failed":
      return new PortholeError(
        "deployment_failed",
        `Cannot ${what}: deployment ${deployment.id} failed (${
          trimPeriod(state.because)
        })`,
        tell([
          ...tellRollback(state.rollback),
          ...tellTroubles(story),
          tellWayBack(story),
        ], ON_EVENTS),
      );
    case "agents_stopped":
      return new PortholeError(
        "agent_not_running",
        `Cannot ${what}: deployment ${deployment.id} completed, but the ECS Exec agent of ${
          listTasks(state.tasks)
        } is STOPPED`,
        tell([...story.causes, tellWayBack(story)], ON_EXEC),
      );
    case "timed_out":
      return new PortholeError(
        "timed_out",
        `Cannot wait any longer: deployment ${deployment.id} of service "${service.name}" did not finish within ${
          formatDuration(story.limitMs)
        }`,
        tell([
          ...tellTroubles(story),
          `the deployment continues: ${
            commandLine(story, enable)
          } follows it again; --timeout sets the limit`,
          tellWayBack(story),
        ], ON_EVENTS),
      );
  }
}

function tell(hints: readonly string[], link: string): ErrorDetails {
  return { hint: hints, link };
}

function tellRollback(rollback: Deployment | undefined): readonly string[] {
  if (rollback === undefined) return [];
  const { id, taskDefinitionArn } = rollback;
  return [
    `ECS rolls back: deployment ${id}, task definition ${
      nameOfArn(taskDefinitionArn)
    }`,
  ];
}

function tellTroubles(story: RolloutStory): readonly string[] {
  const { look: { service }, since, causes } = story;
  const events = service.events
    .filter(({ at, message }) => at >= since && !ROUTINE.test(message))
    .slice(0, NAMED);
  return [
    ...tellStopped(story.stopped),
    ...causes,
    ...events.toReversed().map(({ at, message }) =>
      `event ${formatTime(at)}: ${message}`
    ),
    tellRemaining(story),
  ];
}

/** Tasks that stopped for the same reason share a line. */
function tellStopped(stopped: readonly Task[]): readonly string[] {
  const reasons = Map.groupBy(stopped, describeTaskEnd);
  return [...reasons].slice(0, NAMED).map(([reason, tasks]) =>
    `${listTasks(tasks)} stopped: ${reason}`
  );
}

/** Why a task has stopped: its reason, and those of its containers. */
export function describeTaskEnd({ stoppedReason, containers }: Task): string {
  const ends = containers.flatMap(({ name, exitCode, reason }) => [
    ...(exitCode === undefined ? [] : [`"${name}" exited with ${exitCode}`]),
    ...(reason === undefined ? [] : [`"${name}": ${reason}`]),
  ]);
  const told = stoppedReason ?? "no reason was given";
  return ends.length === 0 ? told : `${told} (${ends.join(", ")})`;
}

function tellRemaining({ look, goal }: RolloutStory): string {
  const left = look.tasks.filter((task) => needsReplacement(task, goal.enable));
  const rest = look.tasks.length - left.length;
  const has = goal.enable ? "has ECS Exec" : "has none";
  return left.length === 0
    ? `${goal.enable ? "every" : "no"} remaining task has ECS Exec (${rest})`
    : `${
      listTasks(left)
    } remains as before; ${rest} of ${look.service.desired} desired ${has}`;
}

function tellWayBack(story: RolloutStory): string {
  const { goal, look } = story;
  const failed = findPrimary(look.service)?.rolloutState === "FAILED";
  return `to go back: ${commandLine(story, !goal.enable)}${
    failed ? ", or a deployment of a task definition that starts" : ""
  }`;
}

function commandLine({ look }: RolloutStory, enable: boolean): string {
  const { clusterArn, name } = look.service;
  return `porthole ${enable ? "enable" : "disable"}-exec ${
    nameOfArn(clusterArn)
  }/${name}`;
}

function listTasks(tasks: readonly Task[]): string {
  const ids = tasks.slice(0, NAMED).map(({ id }) => id).join(", ");
  const rest = tasks.length - NAMED;
  return `task${tasks.length === 1 ? "" : "s"} ${ids}${
    rest > 0 ? ` and ${rest} more` : ""
  }`;
}

function formatTime(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

/** AWS ends its reasons with one, and our errors end with none. */
function trimPeriod(text: string): string {
  return text.replace(/\.$/, "");
}
