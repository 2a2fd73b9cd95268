import type {
  AclRule,
  NetworkRoute,
  SecurityGroup,
  Subnet,
  VpcEndpoint,
} from "../access/access.ts";
import type { Seen } from "./seen.ts";

/** What surrounds a task, or the instance it is on, in its network. */
export interface NetworkFacts {
  /** Whose network it is. */
  readonly owner: "task" | "instance";
  readonly subnet: Seen<Subnet>;
  /** Undefined where nothing tells: of a task that no service started, ECS does not. */
  readonly hasPublicAddress: boolean | undefined;
  /** Absent where the subnet could not be looked at. */
  readonly routes?: Seen<readonly NetworkRoute[]>;
  readonly endpoints?: Seen<readonly VpcEndpoint[]>;
  /** Ids of its own security groups; undefined where nothing tells them. */
  readonly ownGroups: readonly string[] | undefined;
  /** Its own security groups, and those of the endpoints that count. */
  readonly groups?: Seen<readonly SecurityGroup[]>;
  /** The rules of the subnet's network ACL. */
  readonly acl?: Seen<readonly AclRule[]>;
}
