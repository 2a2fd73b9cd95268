import type { Service } from "./access.ts";

/** A revision of a task definition, as far as one of its containers goes. */
export interface Revision {
  readonly arn: string;
  readonly family: string;
  readonly number: number;
  readonly taskRoleArn?: string;
  readonly image: string;
  /** The container's docker labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What the next revision has in the place of the last one's. */
export interface RevisionChange {
  readonly container: string;
  /** Laid over the container's labels. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
}

/** Revisions of a service's task definition. Errors come explained, as PortholeError. */
export interface Revisions {
  /** By its ARN, or its family alone: the latest that is active; undefined where it lacks the container. */
  describeRevision(
    nameOrArn: string,
    container: string,
  ): Promise<Revision | undefined>;
  /** Registers a copy of a revision that differs from it in what is given alone. */
  registerRevision(arn: string, change: RevisionChange): Promise<Revision>;
  deregisterTaskDefinition(arn: string): Promise<void>;
  /** Has a service run a revision; the deployment has only begun. */
  deployRevision(
    cluster: string,
    service: string,
    arn: string,
  ): Promise<Service>;
}
