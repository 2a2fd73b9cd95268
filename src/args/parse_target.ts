import { isIPv4 } from "node:net";
import { present } from "../present.ts";
import { quoteValue } from "../quote_value.ts";
import type { TaskSelector } from "./invocation.ts";
import { usageError } from "./usage_error.ts";

/** What a TARGET, or the value of `--task-id`, names. */
export interface Named {
  readonly region?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly task?: TaskSelector;
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const HEX_ID = /^[0-9a-f]{32}$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_DASHES = [8, 13, 18, 23];
const ARN =
  /^arn:aws[a-z-]*:ecs:([a-z0-9-]+):\d{12}:([a-z-]+)\/(?:([^/]+)\/)?([^/]+)$/;

/** What more than the usual a verb takes. */
export interface TargetForms {
  /** `cluster/`, too: a whole cluster. */
  readonly wholeCluster?: boolean;
  /** `--task-id`, which hints may name. */
  readonly taskIdFlag?: boolean;
}

/** Reads a TARGET: a service, cluster/service, or a task. */
export function parseTarget(
  text: string,
  { wholeCluster = false, taskIdFlag = false }: TargetForms = {},
): Named {
  const forms = taskIdFlag
    ? `${FORMS}; use --task-id for the start of a task id`
    : FORMS;
  if (text.trim() === "") {
    throw usageError("Cannot use an empty TARGET: it names nothing", forms);
  }
  if (text.startsWith("arn:")) return parseArn(text, "TARGET");
  if (isTaskId(text)) return { task: wholeTask(text) };
  const [service, cluster, ...more] = text.split("/").reverse();
  if (
    wholeCluster && service === "" && more.length === 0 && NAME.test(cluster!)
  ) return { cluster: cluster! };
  if (
    more.length > 0 || !NAME.test(service!) ||
    (cluster !== undefined && !NAME.test(cluster))
  ) {
    throw usageError(
      `Cannot use ${
        quoteValue(text)
      } as TARGET: it is not a service, cluster/service or task`,
      forms,
    );
  }
  return { service: service!, ...present({ cluster }) };
}

/** Reads the value of `--task-id`: a whole id, an ARN, the beginning of an id, or a private IP. */
export function parseTaskId(text: string): Named {
  if (text.startsWith("arn:")) {
    const named = parseArn(text, "--task-id");
    if (named.task !== undefined) return named;
  } else if (isTaskId(text)) {
    return { task: wholeTask(text) };
  } else if (canBeginTaskId(text)) {
    return { task: { kind: "prefix", prefix: text.toLowerCase() } };
  } else if (isIPv4(text)) {
    return { task: { kind: "ip", ip: text } };
  }
  throw usageError(
    `Cannot use ${quoteValue(text)} as --task-id: it cannot be a task id`,
    "A task's id is 32 hex digits, or 36 with dashes; its first digits are enough, and so is its ARN, or its private IPv4 address",
  );
}

const FORMS =
  "A TARGET is a service, cluster/service, or a whole task id or an ARN";

function isTaskId(text: string): boolean {
  return HEX_ID.test(text) || UUID.test(text);
}

function canBeginTaskId(text: string): boolean {
  if (/^[0-9a-f]{1,31}$/i.test(text)) return true;
  return /^[0-9a-f-]{1,35}$/i.test(text) &&
    [...text].every((digit, at) =>
      (digit === "-") === UUID_DASHES.includes(at)
    );
}

function wholeTask(id: string): TaskSelector {
  return { kind: "id", id: id.toLowerCase() };
}

/** ARNs of the old form have no cluster; the cluster then comes from elsewhere. */
function parseArn(text: string, place: "TARGET" | "--task-id"): Named {
  const [, region, kind, cluster, name] = ARN.exec(text) ?? [];
  if (region !== undefined && name !== undefined) {
    const where = { region, ...present({ cluster }) };
    if (kind === "task" && isTaskId(name)) {
      return { ...where, task: wholeTask(name) };
    }
    if (kind === "service" && NAME.test(name)) {
      return { ...where, service: name };
    }
  }
  throw usageError(
    `Cannot use ${quoteValue(text)} as ${place}: it is not the ARN of an ${
      place === "TARGET" ? "ECS task or service" : "ECS task"
    }`,
    "A task's ARN is arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID",
  );
}
