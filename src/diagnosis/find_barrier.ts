import type {
  AclRule,
  SecurityGroup,
  SecurityRule,
  VpcEndpoint,
} from "../access/access.ts";
import type { NetworkFacts } from "./network_facts.ts";
import { valueOf } from "./seen.ts";

/** What keeps traffic to port 443 from passing, for certain, and what to do about it. */
export interface Barrier {
  readonly evidence: string;
  readonly remedy: string;
}

/** Where answers come to: the ports that Linux's programs connect from (`ip_local_port_range`). */
const ANSWERED_PORTS = { from: 32_768, to: 60_999 } as const;
const HTTPS = { from: 443, to: 443 } as const;
const EVERYWHERE = "0.0.0.0/0";

/** An endpoint's security groups let in port 443 from us, or the traffic ends there. */
export function findShutDoor(
  facts: NetworkFacts,
  { id, securityGroups }: VpcEndpoint,
  service: string,
): Barrier | undefined {
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
  return {
    evidence:
      `the ${service} endpoint ${id} does not let in port 443 from the ${facts.owner}'s network (its security group: ${
        securityGroups.join(", ")
      })`,
    remedy:
      `aws ec2 authorize-security-group-ingress --group-id ${group} --protocol tcp --port 443 ${source}`,
  };
}

/** Security groups of our own that let out nothing to port 443, of the internet or of the endpoint's groups. */
export function findShutOutbound(
  facts: NetworkFacts,
  endpointGroups: readonly string[] = [],
): Barrier | undefined {
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
  return {
    evidence: `security group ${
      ownGroups.join(", ")
    } of the ${facts.owner} lets out nothing to port 443`,
    remedy: `aws ec2 authorize-security-group-egress --group-id ${
      ownGroups[0]
    } --protocol tcp --port 443 --cidr ${EVERYWHERE}`,
  };
}

/** A network ACL keeps no track of connections: the way out and that of the answers both have to be open. */
export function findShutAcl(
  { acl, subnet }: NetworkFacts,
): Barrier | undefined {
  const rules = valueOf(acl);
  const id = valueOf(subnet)?.id ?? "SUBNET";
  if (rules === undefined || rules.length === 0) return undefined;
  const what = shuts(rules, "out", HTTPS)
    ? "lets out nothing to port 443"
    : shuts(rules, "in", ANSWERED_PORTS)
    ? `lets in no answers (ports ${ANSWERED_PORTS.from} to ${ANSWERED_PORTS.to})`
    : undefined;
  return what === undefined ? undefined : {
    evidence: `the network ACL of ${id} ${what}`,
    remedy:
      `let it out to port 443, and in to ports 1024 to 65535: aws ec2 describe-network-acls --filters Name=association.subnet-id,Values=${id}`,
  };
}

/** Whether the rules keep out all traffic to these ports, whoever is at the other end; what some of it may pass does not. */
function shuts(
  rules: readonly AclRule[],
  direction: AclRule["direction"],
  ports: { readonly from: number; readonly to: number },
): boolean {
  const inOrder = rules.filter((rule) =>
    rule.direction === direction && coversTcp(rule.protocol)
  ).toSorted((a, b) => a.number - b.number);
  for (const { allows, from = 0, to = 65_535, cidr } of inOrder) {
    if (allows && from <= ports.to && to >= ports.from) return false;
    const coversAll = from <= ports.from && to >= ports.to &&
      cidr === EVERYWHERE;
    if (!allows && coversAll) return true;
  }
  return true;
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
    (coversTcp(protocol) && (from ?? 0) <= 443 && (to ?? 65_535) >= 443);
}

function coversTcp(protocol: string): boolean {
  return /^(-1|tcp|6)$/.test(protocol);
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
