import type { NetworkRoute, VpcEndpoint } from "../access/access.ts";
import type { Certainty } from "./cause.ts";
import {
  type Barrier,
  findShutAcl,
  findShutDoor,
  findShutOutbound,
} from "./find_barrier.ts";
import type { NetworkFacts } from "./network_facts.ts";
import { restrictsAccess } from "./restricts_access.ts";
import { type Seen, valueOf } from "./seen.ts";

/** Whether a service of AWS's can be reached from somewhere in a network, and how. */
export type Reach =
  | { readonly kind: "open"; readonly how: string }
  | {
    readonly kind: "barred";
    /** `possible`: something on the way could not be looked at, or leads elsewhere. */
    readonly certainty: Certainty;
    readonly evidence: string;
    readonly remedy: string;
  };

/**
 * Follows the way to a service: an endpoint with private DNS takes all of its traffic, whatever the routes
 * say; else the subnet's default route decides. Of IPv6 only the routes are looked at.
 */
export function findReach(
  facts: NetworkFacts,
  service: string,
  region: string,
): Reach {
  const { subnet, owner } = facts;
  if (subnet.kind === "unseen") {
    return bar(
      "possible",
      `the ${owner}'s network could not be looked at: ${subnet.because}`,
      subnet.hints?.join("\n") ??
        `the agent must reach ${service}.${region}.amazonaws.com`,
    );
  }
  const endpoint = findEndpoint(facts, service, region);
  const reach = endpoint !== undefined && isEntrance(endpoint, facts)
    ? throughEndpoint(facts, endpoint, service)
    : throughRoutes(facts, service, region, endpoint);
  return reach.kind === "open" ? qualify(reach, facts, service) : reach;
}

/** A way is open as far as it was seen: what may bar it and could not be looked at is said. */
function qualify(
  reach: Extract<Reach, { readonly kind: "open" }>,
  { groups, acl }: NetworkFacts,
  service: string,
): Reach {
  const looks: readonly (readonly [string, Seen<unknown> | undefined])[] = [
    ["the security groups", groups],
    ["the network ACL", acl],
  ];
  for (const [what, seen] of looks) {
    if (seen?.kind !== "unseen") continue;
    return bar(
      "possible",
      `${service} is reached ${reach.how}, but ${what} could not be looked at: ${seen.because}`,
      seen.hints?.join("\n") ?? "",
    );
  }
  return reach;
}

/** The network's endpoint of a service; the names of China's begin otherwise. */
function findEndpoint(
  facts: NetworkFacts,
  service: string,
  region: string,
): VpcEndpoint | undefined {
  const all = (valueOf(facts.endpoints) ?? []).filter(({ serviceName }) =>
    serviceName.endsWith(`.${region}.${service}`)
  );
  return all.find((endpoint) => isEntrance(endpoint, facts)) ??
    all.find(({ type }) => type !== "Gateway");
}

/** Whether the service's own name leads to an endpoint: by DNS, or by a route. */
function isEntrance(
  { type, privateDns, id }: VpcEndpoint,
  { routes }: NetworkFacts,
): boolean {
  if (type !== "Gateway") return privateDns;
  return valueOf(routes)?.some(({ target }) => target === id) ?? true;
}

function throughEndpoint(
  facts: NetworkFacts,
  endpoint: VpcEndpoint,
  service: string,
): Reach {
  const { id, state, type, subnets, securityGroups, policy } = endpoint;
  if (state !== "available") {
    return bar(
      "certain",
      `the ${service} endpoint ${id} is ${state || "not available"}`,
      `aws ec2 describe-vpc-endpoints --vpc-endpoint-ids ${id}`,
    );
  }
  const own = valueOf(facts.subnet)?.id ?? "";
  const barrier =
    (type === "Gateway"
      ? findShutOutbound(facts)
      : findShutDoor(facts, endpoint, service) ??
        findShutOutbound(facts, securityGroups)) ??
      // Within a subnet its ACL has no say.
      (subnets.includes(own) ? undefined : findShutAcl(facts));
  if (barrier !== undefined) return barCertainly(barrier);
  if (restrictsAccess(policy, service)) {
    return bar(
      "possible",
      `the policy of the ${service} endpoint ${id} allows only some access`,
      `see whether it allows ${service}:* for the role: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids ${id}`,
    );
  }
  return { kind: "open", how: `through the endpoint ${id}` };
}

function throughRoutes(
  facts: NetworkFacts,
  service: string,
  region: string,
  endpoint: VpcEndpoint | undefined,
): Reach {
  const { routes, hasPublicAddress, owner, endpoints } = facts;
  const subnet = valueOf(facts.subnet)?.id ?? "its subnet";
  if (routes === undefined || routes.kind === "unseen") {
    return bar(
      "possible",
      `the routes of ${subnet} could not be looked at${
        routes === undefined ? "" : `: ${routes.because}`
      }`,
      routes?.hints?.join("\n") ?? "",
    );
  }
  const target = findTarget(routes.value, ["0.0.0.0/0"]) ?? "";
  const isGateway = /^igw-/.test(target);
  if (target !== "" && (!isGateway || hasPublicAddress)) {
    const barrier = findShutOutbound(facts) ?? findShutAcl(facts);
    if (barrier !== undefined) return barCertainly(barrier);
    if (isGateway) {
      return { kind: "open", how: `through the internet gateway ${target}` };
    }
    return /^nat-/.test(target)
      ? { kind: "open", how: `through the NAT gateway ${target}` }
      : bar(
        "possible",
        `the default route of ${subnet} leads to ${target}, and what is behind that is not visible from here`,
        `make sure that it leads to ${service}.${region}.amazonaws.com`,
      );
  }
  const isUnsure = isGateway && hasPublicAddress === undefined;
  const why = isGateway
    ? `${subnet} leads to the internet only for public addresses, and ${
      isUnsure
        ? `whether the ${owner} has one is not visible from here`
        : `the ${owner} has none`
    }`
    : `${subnet} has no route to the internet`;
  if (endpoints?.kind !== "seen") {
    return bar(
      "possible",
      `${why}; the endpoints of its network could not be looked at${
        endpoints === undefined ? "" : `: ${endpoints.because}`
      }`,
      endpoints?.hints?.join("\n") ?? "",
    );
  }
  if (endpoint !== undefined) {
    return bar(
      isUnsure ? "possible" : "likely",
      `${why}, and the ${service} endpoint ${endpoint.id} has no private DNS name: only a private hosted zone could lead to it`,
      `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`,
    );
  }
  const remedy = createEndpoint(facts, service, region);
  const elsewhere = findOtherWay(routes.value);
  return elsewhere === undefined
    ? bar(
      isUnsure ? "possible" : "certain",
      `${why}, and its network has no ${service} endpoint`,
      remedy,
    )
    : bar(
      "possible",
      `${why}, and its network has no ${service} endpoint; whether one is reached ${elsewhere} is not visible from here`,
      remedy,
    );
}

/** A route to other networks, whose endpoints may serve this one, or to the internet for IPv6 alone. */
function findOtherWay(routes: readonly NetworkRoute[]): string | undefined {
  // The well-known block by which a NAT gateway takes IPv6 to IPv4 (RFC 6052).
  const six = findTarget(routes, ["::/0", "64:ff9b::/96"]);
  if (six !== undefined) return `over IPv6, through ${six}`;
  const other = routes.find(({ target, blackhole }) =>
    !blackhole && /^(tgw|pcx|vgw|eni|i|lgw|cagw)-/.test(target)
  );
  return other && `through ${other.target}`;
}

/** Where the first of these destinations leads. */
function findTarget(
  routes: readonly NetworkRoute[],
  destinations: readonly string[],
): string | undefined {
  return routes.find(({ destination, blackhole }) =>
    destinations.includes(destination) && !blackhole
  )?.target;
}

function createEndpoint(
  facts: NetworkFacts,
  service: string,
  region: string,
): string {
  const { id = "SUBNET", vpcId = "VPC" } = valueOf(facts.subnet) ?? {};
  if (service === "s3") {
    return [
      "add a NAT gateway, or a gateway endpoint in the subnet's route table:",
      `aws ec2 create-vpc-endpoint --vpc-endpoint-type Gateway --region ${region} --vpc-id ${vpcId} --service-name com.amazonaws.${region}.s3 --route-table-ids ROUTE-TABLE`,
    ].join("\n");
  }
  const group = facts.ownGroups?.[0] ?? "GROUP";
  return [
    "add a NAT gateway, or the endpoint (its security group must let in port 443):",
    `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --region ${region} --vpc-id ${vpcId} --service-name com.amazonaws.${region}.${service} --subnet-ids ${id} --security-group-ids ${group} --private-dns-enabled`,
  ].join("\n");
}

function barCertainly({ evidence, remedy }: Barrier): Reach {
  return bar("certain", evidence, remedy);
}

function bar(
  certainty: Certainty,
  evidence: string,
  remedy: string,
): Reach {
  return { kind: "barred", certainty, evidence, remedy };
}
