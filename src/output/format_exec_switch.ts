import type { Service } from "../access/access.ts";
import { accountOfArn } from "../account_of_arn.ts";
import type { PortholeError } from "../errors.ts";
import { nameOfArn } from "../name_of_arn.ts";
import type { RolloutProgress } from "../service/judge_rollout.ts";
import { alignColumns } from "./align_columns.ts";
import { describeFields } from "./describe_fields.ts";
import { errorModel } from "./format_error.ts";
import { jsonLine } from "./json_line.ts";
import { toLine } from "../quote_value.ts";

/** What came of turning ECS Exec on or off; absent is what was not known when it ended. */
export interface ExecSwitchResult {
  readonly enable: boolean;
  readonly region?: string;
  readonly account?: string;
  /** The profile of the AWS configuration; absent where none was named. */
  readonly profile?: string | undefined;
  readonly cluster?: string;
  readonly service?: string;
  /** Whether the service was updated; undefined if the answer did not arrive in time. */
  readonly changed: boolean | undefined;
  /** The id of the deployment that replaces the tasks. */
  readonly deployment?: string;
  readonly tasks?: RolloutProgress;
  /** The ids of tasks that are not yet as wanted. */
  readonly remaining?: readonly string[];
  /** A sentence about its success. */
  readonly summary?: string;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly status?: number;
  readonly error?: PortholeError;
}

/** Renders the result as one line of JSON. */
export function formatExecSwitch(result: ExecSwitchResult): string {
  const { error } = result;
  const object = {
    action: result.enable ? "enable-exec" : "disable-exec",
    ...describeFields(
      result,
      "region",
      "account",
      "profile",
      "cluster",
      "service",
      "changed",
      "deployment",
    ),
    tasks: describeFields(
      result.tasks,
      "desired",
      "ready",
      "waiting",
      "starting",
      "left",
      "failed",
    ),
    ...describeFields(result, "remaining", "startedAt", "endedAt", "status"),
    ...(error && { error: errorModel(error) }),
  };
  return `${jsonLine(object)}\n`;
}

/** What a confirmation names of a service. */
export interface SwitchQuestion {
  readonly enable: boolean;
  readonly region: string;
  readonly profile?: string | undefined;
  readonly service: Service;
  /** How many tasks a deployment replaces; with 0, none is forced. */
  readonly replaced: number;
}

/** Renders what is about to be done; the question follows it. */
export function formatSwitchQuestion(
  { enable, region, profile, service, replaced }: SwitchQuestion,
): string {
  const rows = [
    ["account", accountOf(service)],
    ...(profile === undefined ? [] : [["profile", profile] as const]),
    ["region", region],
    ["cluster", nameOfArn(service.clusterArn)],
    ["service", service.name],
    [
      "tasks",
      replaced === 0
        ? "none will be replaced"
        : `${replaced} will be replaced by a new deployment of ${
          nameOfArn(service.taskDefinitionArn)
        }`,
    ],
  ] as const;
  return [
    `Turn ECS Exec ${enable ? "on" : "off"}:`,
    ...alignColumns(rows, { indent: 2 }).map(toLine),
    "",
  ].join("\n");
}

/** Renders how far a rollout is, in one line; counts of zero are left out. */
export function formatProgress(
  { desired, ready, waiting, starting, left, failed }: RolloutProgress,
  enable: boolean,
): string {
  const parts = [
    [starting, "starting"],
    [waiting, "waiting for the agent"],
    [left, "old"],
    [failed, "failed to start"],
  ] as const;
  return [
    `${ready} of ${desired} ${desired === 1 ? "task" : "tasks"} ${
      enable ? "with" : "without"
    } ECS Exec`,
    ...parts.filter(([count]) => count > 0).map(([count, what]) =>
      `${count} ${what}`
    ),
  ].join(", ");
}

/** What is done, as it completes "Cannot …". */
export function sayTurn(enable: boolean): string {
  return `turn ${enable ? "on" : "off"} ECS Exec`;
}

/** The account a service is in. */
export function accountOf({ arn }: Pick<Service, "arn">): string {
  return accountOfArn(arn) ?? "";
}
