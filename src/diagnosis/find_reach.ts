import type {
  SecurityGroup,
  SecurityRule,
  VpcEndpoint,
} from "../access/access.ts";
import type { NetworkFacts } from "./network_facts.ts";
import { valueOf } from "./seen.ts";

/** Whether a service of AWS's can be reached from somewhere in a network, and how. */
export type Reach =
  | { readonly kind: "open"; readonly how: string }
  | {
    /** `unclear`: something on the way could not be looked at, or leads elsewhere. */
    readonly kind: "closed" | "unclear";
    readonly evidence: string;
    readonly remedy: string;
  };

/**
 * Follows the way to a service: an endpoint with private DNS takes all of its traffic, whatever the routes
 * say; else the subnet's default route decides. Network ACLs are not looked at.
 */
export function findReach(
  facts: NetworkFacts,
  service: string,
  region: string,
): Reach {
  const { subnet } = facts;
  if (subnet.kind === "unseen") {
    return unclear(
      `${tellOwner(facts)} network could not be looked at: ${subnet.because}`,
      subnet.hints?.join("\n") ??
        `the agent must reach ${service}.${region}.amazonaws.com`,
    );
  }
  const endpoint = findEndpoint(facts, service, region);
  if (endpoint !== undefined && isEntrance(endpoint)) {
    return throughEndpoint(facts, endpoint, service);
  }
  return throughRoutes(facts, service, region, endpoint);
}

/** The network's endpoint of a service; the names of China's begin otherwise. */
function findEndpoint(
  { endpoints }: NetworkFacts,
  service: string,
  region: string,
): VpcEndpoint | undefined {
  const all = (valueOf(endpoints) ?? []).filter(({ serviceName }) =>
    serviceName.endsWith(`.${region}.${service}`)
  );
  return all.find(isEntrance) ?? all[0];
}

function isEntrance({ type, privateDns }: VpcEndpoint): boolean {
  return type === "Gateway" || privateDns;
}

function throughEndpoint(
  facts: NetworkFacts,
  endpoint: VpcEndpoint,
  service: string,
): Reach {
  const { id, state, type } = endpoint;
  if (state !== "available") {
    return closed(
      `the ${service} endpoint ${id} is ${state || "not available"}`,
      `aws ec2 describe-vpc-endpoints --vpc-endpoint-ids ${id}`,
    );
  }
  const shut = type === "Gateway"
    ? undefined
    : findShutDoor(facts, endpoint, service) ??
      findShutOutbound(facts, endpoint.securityGroups);
  if (shut !== undefined) return shut;
  if (restrictsAccess(endpoint, service)) {
    return unclear(
      `the policy of the ${service} endpoint ${id} allows only some access`,
      `see whether it allows ${service}:* for the role: aws ec2 describe-vpc-endpoints --vpc-endpoint-ids ${id}`,
    );
  }
  return { kind: "open", how: `through the endpoint ${id}` };
}

/** An endpoint's security groups let in port 443 from us, or the traffic ends there. */
function findShutDoor(
  facts: NetworkFacts,
  { id, securityGroups }: VpcEndpoint,
  service: string,
): Reach | undefined {
  const { ownGroups } = facts;
  const cidr = valueOf(facts.subnet)?.cidr;
  const groups = pickGroups(facts, securityGroups);
  if (groups === undefined) return undefined;
  const lets = (rule: SecurityRule) =>
    coversHttps(rule) &&
    (rule.hasPrefixLists ||
      rule.cidrs.some((block) => cidr === undefined || overlaps(block, cidr)) ||
      rule.groups.some((group) => ownGroups?.includes(group) ?? true));
  if (groups.some(({ inbound }) => inbound.some(lets))) return undefined;
  const [group = ""] = securityGroups;
  const source = ownGroups?.[0] === undefined
    ? `--cidr ${cidr ?? "SUBNET"}`
    : `--source-group ${ownGroups[0]}`;
  return closed(
    `the ${service} endpoint ${id} does not let in port 443 from ${
      tellOwner(facts)
    } network (its security group: ${securityGroups.join(", ")})`,
    `aws ec2 authorize-security-group-ingress --group-id ${group} --protocol tcp --port 443 ${source}`,
  );
}

/** Security groups of our own that let out nothing to port 443, of the internet or of the endpoint's groups. */
function findShutOutbound(
  facts: NetworkFacts,
  endpointGroups: readonly string[] = [],
): Reach | undefined {
  const { ownGroups = [] } = facts;
  const groups = ownGroups.length === 0
    ? undefined
    : pickGroups(facts, ownGroups);
  if (groups === undefined) return undefined;
  const lets = (rule: SecurityRule) =>
    coversHttps(rule) &&
    (rule.hasPrefixLists || rule.cidrs.length > 0 ||
      rule.groups.some((group) => endpointGroups.includes(group)));
  if (groups.some(({ outbound }) => outbound.some(lets))) return undefined;
  return closed(
    `security group ${
      ownGroups.join(", ")
    } of the ${facts.owner} lets out nothing to port 443`,
    `aws ec2 authorize-security-group-egress --group-id ${
      ownGroups[0]
    } --protocol tcp --port 443 --cidr 0.0.0.0/0`,
  );
}

/** These groups; undefined where not all could be looked at. */
function pickGroups(
  { groups }: NetworkFacts,
  ids: readonly string[],
): readonly SecurityGroup[] | undefined {
  const found = (valueOf(groups) ?? []).filter(({ id }) => ids.includes(id));
  return found.length < ids.length ? undefined : found;
}

function coversHttps({ protocol, from, to }: SecurityRule): boolean {
  return protocol === "-1" ||
    (/^(tcp|6)$/.test(protocol) && (from ?? 0) <= 443 && (to ?? 65535) >= 443);
}

/**
 * Whether a policy does not plainly let everybody do everything with a service. An endpoint without one of
 * its own has AWS's, which does.
 */
function restrictsAccess(
  { policy }: VpcEndpoint,
  service: string,
): boolean {
  if (policy === undefined || policy === "") return false;
  try {
    const { Statement } = JSON.parse(policy) as { Statement?: unknown };
    const statements = [Statement].flat() as readonly (
      | Record<string, unknown>
      | undefined
    )[];
    const denies = statements.some((one) => one?.["Effect"] === "Deny");
    return denies ||
      !statements.some((one) =>
        one?.["Effect"] === "Allow" && one["Condition"] === undefined &&
        isAnybody(one["Principal"]) && has(one["Resource"], ["*"]) &&
        has(one["Action"], ["*", `${service}:*`])
      );
  } catch {
    return true;
  }
}

function isAnybody(principal: unknown): boolean {
  return has(principal, ["*"]) ||
    has((principal as { AWS?: unknown } | undefined)?.AWS, ["*"]);
}

function has(value: unknown, wanted: readonly string[]): boolean {
  return [value].flat().some((one) =>
    typeof one === "string" && wanted.includes(one)
  );
}

function throughRoutes(
  facts: NetworkFacts,
  service: string,
  region: string,
  endpoint: VpcEndpoint | undefined,
): Reach {
  const { routes, hasPublicAddress, owner } = facts;
  const subnet = valueOf(facts.subnet)?.id ?? "its subnet";
  if (routes === undefined || routes.kind === "unseen") {
    return unclear(
      `the routes of ${subnet} could not be looked at${
        routes === undefined ? "" : `: ${routes.because}`
      }`,
      routes?.hints?.join("\n") ?? "",
    );
  }
  const outside = routes.value.find(({ destination, blackhole }) =>
    destination === "0.0.0.0/0" && !blackhole
  );
  const target = outside?.target ?? "";
  if (/^nat-/.test(target) || (/^igw-/.test(target) && hasPublicAddress)) {
    return findShutOutbound(facts) ?? {
      kind: "open",
      how: /^nat-/.test(target)
        ? `through the NAT gateway ${target}`
        : `through the internet gateway ${target}`,
    };
  }
  if (target !== "" && !/^igw-/.test(target)) {
    return findShutOutbound(facts) ?? unclear(
      `the default route of ${subnet} leads to ${target}, and what is behind that is not visible from here`,
      `make sure that it leads to ${service}.${region}.amazonaws.com`,
    );
  }
  const why = /^igw-/.test(target)
    ? `${subnet} leads to the internet only for public addresses, and the ${owner} has none`
    : `${subnet} has no route to the internet`;
  const { endpoints } = facts;
  if (endpoints?.kind !== "seen") {
    return unclear(
      `${why}; the endpoints of its network could not be looked at${
        endpoints === undefined ? "" : `: ${endpoints.because}`
      }`,
      endpoints?.hints?.join("\n") ?? "",
    );
  }
  return endpoint === undefined
    ? closed(
      `${why}, and its network has no ${service} endpoint`,
      createEndpoint(facts, service, region),
    )
    : closed(
      `${why}, and the ${service} endpoint ${endpoint.id} has no private DNS name`,
      `aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`,
    );
}

function createEndpoint(
  facts: NetworkFacts,
  service: string,
  region: string,
): string {
  const { id = "SUBNET", vpcId = "VPC" } = valueOf(facts.subnet) ?? {};
  const group = facts.ownGroups?.[0] ?? "GROUP";
  return [
    "add a NAT gateway, or the endpoint (its security group must let in port 443):",
    `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --region ${region} --vpc-id ${vpcId} --service-name com.amazonaws.${region}.${service} --subnet-ids ${id} --security-group-ids ${group} --private-dns-enabled`,
  ].join("\n");
}

/** Whether two IPv4 blocks have an address in common. */
function overlaps(one: string, other: string): boolean {
  const [a, b] = [readBlock(one), readBlock(other)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.address / size) === Math.floor(b.address / size);
}

function readBlock(
  block: string,
): { readonly address: number; readonly bits: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(block);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 32] = match.slice(1).map(Number);
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, bits };
}

function tellOwner({ owner }: NetworkFacts): string {
  return `the ${owner}'s`;
}

function closed(evidence: string, remedy: string): Reach {
  return { kind: "closed", evidence, remedy };
}

function unclear(evidence: string, remedy: string): Reach {
  return { kind: "unclear", evidence, remedy };
}
