/** One rule of the route to a container. */
export interface RoutingRow {
  readonly rule: string;
  readonly when: string;
  readonly then: string;
}

/** How the route is decided: the first row that applies, but the top one bounds all others. */
export const ROUTING_TABLE = [
  {
    rule: "no_daemon",
    when:
      "Docker, but the task has no Docker daemon to reach (FARGATE, MANAGED_INSTANCES)",
    then: "refused, even with --via docker",
  },
  {
    rule: "via",
    when: "--via, PORTHOLE_VIA or exec.route is not auto",
    then: "that route",
  },
  {
    rule: "generation",
    when: "exec.generation is 1",
    then: "Docker",
  },
  {
    rule: "ecs_exec",
    when: "ECSExec is No, by --ecs-exec or exec.ecs_exec",
    then: "Docker",
  },
  {
    rule: "started_before",
    when: "the task was started without execute-command",
    then: "Docker, until a deployment replaces the task",
  },
  {
    rule: "otherwise",
    when: "otherwise",
    then:
      "ECS Exec; porthole waits for an agent that is PENDING; one that is STOPPED is an error",
  },
] as const satisfies readonly RoutingRow[];

/** The name of a rule. */
export type RoutingRule = typeof ROUTING_TABLE[number]["rule"];
