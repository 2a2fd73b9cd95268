import type { ServiceSummary } from "../../access/access.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { HttpAnswer } from "../http/serve_http.ts";
import type { SeenTask } from "../look_up/look_up.ts";
import type { Refusal } from "../refusal.ts";
import type { RackState } from "../settings/settings_port.ts";
import { ORGANIZATION } from "./find_route.ts";

/** What a rack is, whatever its state. */
export interface RackFacts {
  readonly name: string;
  readonly region: string;
  /** 14 digits, which Convox's command lines compare. */
  readonly wireVersion: string;
  /** porthole's own. */
  readonly version: string;
}

/** The time of what has not begun, in Go. */
const NEVER = "0001-01-01T00:00:00Z";

/** `GET /system`. */
export function formatSystem(
  { name, region, wireVersion, version }: RackFacts,
  { status, ecsExec }: RackState,
): unknown {
  return {
    count: 1,
    domain: "",
    name,
    parameters: { ECSExec: ecsExec },
    provider: "aws",
    "rack-domain": "",
    region,
    status,
    type: "",
    version: wireVersion,
    porthole: { version },
  };
}

/** One of `GET /racks`. */
export function formatRack(
  { name, wireVersion }: RackFacts,
  { status }: RackState,
): unknown {
  return {
    name,
    organization: { name: ORGANIZATION },
    provider: "aws",
    status,
    version: wireVersion,
  };
}

/** One of `GET /apps`. */
export function formatApp(name: string, generation: 1 | 2): unknown {
  return {
    generation: `${generation}`,
    locked: false,
    name,
    parameters: {},
    release: "",
    router: "",
    status: "running",
  };
}

/** One of `GET /apps/A/services`. */
export function formatService({ name, desired }: ServiceSummary): unknown {
  return {
    count: desired,
    cpu: 0,
    domain: "",
    memory: 0,
    name,
    nlb: [],
    ports: [],
  };
}

/** A process: a task as Convox knows it, with porthole's own key. A user who may only list sees less of it. */
export function formatProcess(
  app: string,
  { task, service }: SeenTask,
  mayExec: boolean,
): unknown {
  return {
    app,
    command: "",
    cpu: 0,
    host: mayExec ? task.privateIp ?? "" : "",
    id: task.id.slice(-12),
    image: "",
    instance: "",
    memory: 0,
    name: service,
    ports: [],
    release: "",
    service,
    started: task.startedAt?.toISOString() ?? NEVER,
    status: task.status.toLowerCase(),
    task_definition: mayExec ? nameOfArn(task.taskDefinitionArn) : "",
    porthole: {
      task_id: task.id,
      containers: task.containers.map(({ name, status, agent, runtimeId }) => ({
        name,
        status,
        agent: agent?.status ?? null,
        runtime_id: mayExec ? runtimeId ?? null : null,
      })),
      launch_type: task.launchType ?? null,
      execute_command: task.executeCommandEnabled,
      stopped_reason: task.stoppedReason ?? null,
    },
  };
}

/** An answer of JSON. */
export function answerJson(value: unknown, status = 200): HttpAnswer {
  return {
    status,
    type: "application/json",
    body: `${JSON.stringify(value, undefined, 2)}\n`,
  };
}

/** An answer of one word, or of lines. */
export function answerText(body: string, status = 200): HttpAnswer {
  return { status, body };
}

/** A refusal, as Convox's command lines and porthole read it. */
export function answerRefusal({ status, message, hint }: Refusal): HttpAnswer {
  return answerJson(
    { error: message, ...(hint === undefined ? {} : { hint }) },
    status,
  );
}
