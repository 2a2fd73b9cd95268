import type { Container, Task } from "../access/access.ts";
import type { NoRoute, Route } from "../route/route.ts";

/** A container, and the route by which exec would reach it. */
export interface ListedContainer extends Container {
  readonly route: Route | NoRoute;
}

/** A task as it is listed. */
export interface ListedTask extends Task {
  readonly containers: readonly ListedContainer[];
  /** The service that started it. */
  readonly service?: string;
}

/** What `porthole tasks` has found. */
export interface TaskList {
  readonly cluster: string;
  /** Absent where the tasks are those of the whole cluster. */
  readonly service?: string;
  readonly region: string;
  /** The id of the AWS account; absent where nothing that was read names it. */
  readonly account?: string | undefined;
  /** The profile of the AWS configuration; absent where none was named. */
  readonly profile?: string | undefined;
  readonly tasks: readonly ListedTask[];
}
