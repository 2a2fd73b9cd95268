import type {
  Container,
  ServiceNetwork,
  Task,
  TaskDefinition,
  Verdict,
} from "../access/access.ts";
import type { NetworkFacts } from "./network_facts.ts";
import type { Seen } from "./seen.ts";

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
  /** What IAM's simulator says of the agent's actions for the task role; only a doctor asks. */
  readonly roleVerdicts?: Seen<readonly Verdict[]>;
  /** What surrounds the task in the network; only a doctor asks. */
  readonly surroundings?: NetworkFacts;
}
