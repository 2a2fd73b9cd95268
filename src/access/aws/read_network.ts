import type {
  Ec2NetworkAcl,
  Ec2RouteTable,
  Ec2SecurityGroup,
  Ec2VpcEndpoint,
} from "../../aws/create_aws.ts";
import { present } from "../../present.ts";
import type {
  AclRule,
  NetworkRoute,
  SecurityGroup,
  SecurityRule,
  VpcEndpoint,
} from "../access.ts";

/** The rows of the route table that a subnet uses: its own, else the network's main one. */
export function readRoutes(
  tables: readonly Ec2RouteTable[],
  subnetId: string,
): readonly NetworkRoute[] {
  const associated = (
    test: (
      one: NonNullable<Ec2RouteTable["Associations"]>[number],
    ) => boolean | undefined,
  ) => tables.find(({ Associations = [] }) => Associations.some(test));
  const table = associated(({ SubnetId }) => SubnetId === subnetId) ??
    associated(({ Main }) => Main);
  return (table?.Routes ?? []).map((route): NetworkRoute => ({
    destination: route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ??
      route.DestinationPrefixListId ?? "",
    target: route.NatGatewayId ?? route.TransitGatewayId ??
      route.VpcPeeringConnectionId ?? route.EgressOnlyInternetGatewayId ??
      route.NetworkInterfaceId ?? route.InstanceId ?? route.LocalGatewayId ??
      route.CarrierGatewayId ?? route.GatewayId ?? "",
    blackhole: route.State === "blackhole",
  }));
}

/** A VPC endpoint as porthole keeps it. */
export function readVpcEndpoint(endpoint: Ec2VpcEndpoint): VpcEndpoint {
  return present({
    id: endpoint.VpcEndpointId ?? "",
    serviceName: endpoint.ServiceName ?? "",
    type: endpoint.VpcEndpointType ?? "",
    state: endpoint.State ?? "",
    privateDns: endpoint.PrivateDnsEnabled ?? false,
    subnets: endpoint.SubnetIds ?? [],
    securityGroups: (endpoint.Groups ?? []).flatMap(({ GroupId }) =>
      GroupId ?? []
    ),
    policy: endpoint.PolicyDocument,
  });
}

/** A security group as porthole keeps it. */
export function readSecurityGroup(group: Ec2SecurityGroup): SecurityGroup {
  return {
    id: group.GroupId ?? "",
    inbound: (group.IpPermissions ?? []).map(readRule),
    outbound: (group.IpPermissionsEgress ?? []).map(readRule),
  };
}

/** The rules of a network ACL that bear on IPv4. */
export function readAclRules(
  { Entries = [] }: Ec2NetworkAcl,
): readonly AclRule[] {
  return Entries.flatMap((entry) =>
    entry.CidrBlock === undefined ? [] : [present({
      number: entry.RuleNumber ?? 0,
      allows: entry.RuleAction === "allow",
      direction: entry.Egress ? "out" as const : "in" as const,
      protocol: entry.Protocol ?? "-1",
      from: entry.PortRange?.From,
      to: entry.PortRange?.To,
      cidr: entry.CidrBlock,
    })]
  );
}

function readRule(
  rule: NonNullable<Ec2SecurityGroup["IpPermissions"]>[number],
): SecurityRule {
  const all = rule.IpProtocol === "-1";
  return present({
    protocol: rule.IpProtocol ?? "",
    from: all ? undefined : rule.FromPort,
    to: all ? undefined : rule.ToPort,
    cidrs: (rule.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
    groups: (rule.UserIdGroupPairs ?? []).flatMap(({ GroupId }) =>
      GroupId ?? []
    ),
    hasPrefixLists: (rule.PrefixListIds ?? []).length > 0,
  });
}
