import type { Container, StartFailure, Task } from "../access/access.ts";
import { PortholeError } from "../errors.ts";

const FAILURES =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html";
const STOPPED =
  "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html";

/** What the reasons of RunTask's `failures` mean, as "API failure reasons" has them. */
const REASONS: readonly (readonly [RegExp, meaning: string, hint: string])[] = [
  [
    /^RESOURCE:(MEMORY|CPU|GPU)/,
    "no container instance has enough of it left",
    "add instances, or request less with --cpu and --memory",
  ],
  [
    /^RESOURCE:PORTS/,
    "one of its host ports is in use on every container instance",
    "a task of the service may hold it: use dynamic host ports or awsvpc",
  ],
  [
    /^RESOURCE:ENI/,
    "no container instance has a network interface left",
    "add instances, or turn on ENI trunking",
  ],
  [
    /^RESOURCE/,
    "no container instance has enough left",
    "add instances, or request less",
  ],
  [
    /^AGENT$/,
    "the ECS agents of the container instances are not connected",
    "check the instances; the cluster may have none",
  ],
  [
    /^ATTRIBUTE$/,
    "no container instance has what the task definition requires",
    "compare its requiresAttributes with the instances' attributes",
  ],
  [
    /^(LOCATION|INACTIVE|MISSING)$/,
    "the container instances are outside the task's placement, or inactive",
    "check the cluster's instances",
  ],
  [
    /^Capacity is unavailable/i,
    "",
    "try again later, or in other subnets (another availability zone)",
  ],
];

/** The error of tasks that RunTask did not start. */
export function explainFailures(
  failures: readonly StartFailure[],
  wanted: number,
): PortholeError {
  const kinds = [...new Map(failures.map((one) => [one.reason, one])).values()];
  const told = kinds.map(({ reason, detail }) => {
    const meaning = findReason(reason)?.[1];
    const said = [reason, ...(detail === undefined ? [] : [detail])].join(": ");
    return meaning ? `${said} (${meaning})` : said;
  });
  const which = wanted === 1
    ? "the task"
    : `${failures.length || wanted} of ${wanted} tasks`;
  return new PortholeError(
    "task_not_started",
    `Cannot start ${which}: ${
      told.join("; ") || "AWS answered without a task and without a reason"
    }`,
    {
      hint: kinds.flatMap(({ reason }) => findReason(reason)?.[2] ?? []),
      link: FAILURES,
    },
  );
}

function findReason(reason: string) {
  return REASONS.find(([pattern]) => pattern.test(reason));
}

/** What stops tasks before their containers run, and what to look at. */
const STOPS: readonly (readonly [RegExp, hint: string])[] = [
  [
    /CannotPull(Container|ECRContainer|Image)/i,
    "check the image's name, the execution role's right to pull it, and the subnets' route to the registry",
  ],
  [
    /ResourceInitializationError/i,
    "check the execution role's rights to its secrets and logs, and the subnets' route to them",
  ],
  [
    /exec: "?sh"?: executable file not found|stat sh: no such file/i,
    "the image has no sh to keep the container open with: -d runs the command without a session",
  ],
  [
    /OutOfMemory/i,
    "give it more with --memory",
  ],
];

const SWALLOWED =
  "the image's ENTRYPOINT may not run the command that keeps the container open: --replace-entrypoint removes it";

/**
 * The error of a task that has ended before it could be used, in ECS's words and its containers'.
 *
 * `held` names the container that a command of ours was to hold open: it has no other reason to end.
 */
export function explainNoStart(
  taskId: string,
  task: Task | undefined,
  held?: string,
): PortholeError {
  if (task === undefined) {
    return new PortholeError(
      "task_not_started",
      `Cannot start task ${taskId}: ECS does not know it`,
    );
  }
  const parts = [
    task.stoppedReason,
    ...task.containers.map(describeEnd),
  ].flatMap((part) => part ?? []);
  // ECS reports many reasons twice, for the task and for the container.
  const told = parts.filter((part, at) =>
    !parts.some((other, where) =>
      where !== at && other.includes(part) && (other !== part || where < at)
    )
  );
  const text = told.join("; ");
  const known = STOPS.find(([pattern]) => pattern.test(text))?.[1];
  const ended = task.containers.find(({ name }) => name === held)?.exitCode;
  return new PortholeError(
    "task_not_started",
    `Cannot start task ${taskId}: it is ${
      task.status === "RUNNING" ? "being stopped" : task.status
    }${text === "" ? "" : `: ${text}`}`,
    {
      hint: known ?? (ended === undefined ? undefined : SWALLOWED),
      link: STOPPED,
    },
  );
}

/** How a container has ended; undefined for one that has not, or of which nothing is known. */
export function describeEnd(
  { name, status, exitCode, reason }: Container,
): string | undefined {
  if (status !== "STOPPED" || (exitCode ?? reason) === undefined) {
    return undefined;
  }
  return [
    `container "${name}"`,
    ...(exitCode === undefined ? [] : [`exited with status ${exitCode}`]),
  ].join(" ") + (reason === undefined ? "" : `: ${reason}`);
}

/** The error of a task that has not begun to run in the time there is. */
export function explainLateStart(
  task: Task,
  progress: string,
  limit: string,
): PortholeError {
  return new PortholeError(
    "timed_out",
    `Cannot wait any longer for task ${task.id} to start: it is still ${progress} after ${limit}`,
    {
      hint: [
        task.status === "PROVISIONING"
          ? "a task stays PROVISIONING while its capacity provider has no machine for it, or its network interface is being created"
          : "a task stays PENDING while its image is pulled, or while a container waits for another one to be healthy",
        "--timeout sets the limit; 0 removes it",
      ],
    },
  );
}
