import type { Inspect, VpcEndpoint } from "../access/access.ts";
import type { NetworkFacts } from "./network_facts.ts";
import type { Seen } from "./seen.ts";

/** Where to look, and whose place it is. */
export interface NetworkPlace {
  readonly owner: NetworkFacts["owner"];
  readonly subnetId: string;
  readonly ownGroups: readonly string[] | undefined;
  readonly hasPublicAddress: boolean | undefined;
}

/** Looks at something for a limited time. */
export type Look = <T>(answer: Promise<T>) => Promise<Seen<T>>;

/** The services whose endpoints bear on a session. */
const SERVICES = [
  "ssmmessages",
  "kms",
  "logs",
  "s3",
  "ssm",
  "ecs",
  "ecs-agent",
  "ecs-telemetry",
];

/** Asks AWS for all of a network that bears on the agent's way to Session Manager. It only reads. */
export async function lookUpSurroundings(
  access: Pick<
    Inspect,
    | "describeSubnet"
    | "listRoutes"
    | "listVpcEndpoints"
    | "describeSecurityGroups"
    | "listAclRules"
  >,
  { owner, subnetId, ownGroups, hasPublicAddress }: NetworkPlace,
  look: Look,
): Promise<NetworkFacts> {
  const subnet = await look(access.describeSubnet(subnetId));
  const known = { owner, subnet, hasPublicAddress, ownGroups };
  if (subnet.kind === "unseen") return known;
  const [routes, endpoints, acl] = await Promise.all([
    look(access.listRoutes(subnet.value)),
    look(access.listVpcEndpoints(subnet.value.vpcId)),
    look(access.listAclRules(subnetId)),
  ]);
  const relevant = endpoints.kind === "seen"
    ? endpoints.value.filter(bearsOnSessions)
    : [];
  const ids = new Set([
    ...ownGroups ?? [],
    ...relevant.flatMap(({ securityGroups }) => securityGroups),
  ]);
  return {
    ...known,
    routes,
    endpoints,
    acl,
    ...(ids.size === 0
      ? {}
      : { groups: await look(access.describeSecurityGroups([...ids])) }),
  };
}

function bearsOnSessions({ serviceName }: VpcEndpoint): boolean {
  return SERVICES.some((service) => serviceName.endsWith(`.${service}`));
}
