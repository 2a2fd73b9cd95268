import type {
  Container,
  ServiceNetwork,
  Task,
  TaskDefinition,
} from "../access/access.ts";

/** Something that was looked up, or why it could not be. */
export type Seen<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "unseen"; readonly because: string };

/** All that AWS shows of why a container's agent may not have reached Session Manager. */
export interface ConnectionFacts {
  readonly region: string;
  readonly service?: string;
  readonly task: Task;
  readonly container: Container;
  readonly definition: Seen<TaskDefinition>;
  /** Only for a task on a container instance. */
  readonly ecsAgentVersion?: Seen<string | undefined>;
  /** Only for a task of a service. */
  readonly network?: Seen<ServiceNetwork | undefined>;
  /** The task's other containers with open sessions; only where all share a PID namespace. */
  readonly busyContainers?: Seen<readonly string[]>;
}
