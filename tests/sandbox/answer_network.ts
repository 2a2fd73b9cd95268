import type { ApiContext } from "./api_context.ts";
import { subnetId } from "./describe_task.ts";
import { region } from "./fleet.ts";

/** The network of all tasks and instances. */
export const vpcId = "vpc-0123456789abcdef0";
/** The security group of all tasks and instances. */
export const taskGroup = "sg-0123456789abcdef0";
const openGroup = "sg-0fedcba9876543210";
const shutGroup = "sg-0aaaaaaaaaaaaaaa0";
const cidr = "10.0.0.0/24";

function writeRoute(destination: string, target: string): string {
  return `<item>${destination}${target}<state>active</state></item>`;
}

const everywhere = "<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>";

/** The routes that lead out of the network. */
const outsideRoutes: Readonly<
  Record<ApiContext["options"]["network"], string>
> = {
  public: writeRoute(
    everywhere,
    "<gatewayId>igw-0123456789abcdef0</gatewayId>",
  ),
  nat: writeRoute(
    everywhere,
    "<natGatewayId>nat-0123456789abcdef0</natGatewayId>",
  ),
  none: "",
  transit: writeRoute(
    "<destinationCidrBlock>10.128.0.0/9</destinationCidrBlock>",
    "<transitGatewayId>tgw-0123456789abcdef0</transitGatewayId>",
  ),
  ipv6: writeRoute(
    "<destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock>",
    "<egressOnlyInternetGatewayId>eigw-0123456789abcdef0</egressOnlyInternetGatewayId>",
  ),
};

/** Answers what EC2 tells of the network, without its envelope; undefined for any other action. */
export function answerNetwork(
  { options }: ApiContext,
  action: string,
): string | undefined {
  switch (action) {
    case "DescribeSubnets":
      return `<subnetSet><item><subnetId>${subnetId}</subnetId>` +
        `<vpcId>${vpcId}</vpcId><cidrBlock>${cidr}</cidrBlock></item></subnetSet>`;
    case "DescribeRouteTables": {
      const outside = outsideRoutes[options.network];
      return "<routeTableSet><item><routeTableId>rtb-0123456789abcdef0</routeTableId>" +
        "<routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>" +
        `<gatewayId>local</gatewayId><state>active</state></item>${outside}</routeSet>` +
        "<associationSet><item><main>true</main></item></associationSet></item></routeTableSet>";
    }
    case "DescribeVpcEndpoints":
      return `<vpcEndpointSet>${
        Object.entries(options.endpoints).map(([service, endpoint], index) =>
          `<item><vpcEndpointId>vpce-000000000000000${index}</vpcEndpointId>` +
          `<vpcEndpointType>Interface</vpcEndpointType><vpcId>${vpcId}</vpcId>` +
          `<serviceName>com.amazonaws.${region}.${service}</serviceName>` +
          `<state>${endpoint.state ?? "available"}</state>` +
          `<privateDnsEnabled>${
            endpoint.privateDns ?? true
          }</privateDnsEnabled>` +
          `<subnetIdSet><item>${subnetId}</item></subnetIdSet>` +
          (endpoint.policy === undefined
            ? ""
            : `<policyDocument>${
              endpoint.policy.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
            }</policyDocument>`) +
          `<groupSet><item><groupId>${
            endpoint.shut ? shutGroup : openGroup
          }</groupId></item></groupSet></item>`
        ).join("")
      }</vpcEndpointSet>`;
    case "DescribeNetworkAcls": {
      const rule = (
        number: number,
        action: "allow" | "deny",
        egress: boolean,
        what = "<protocol>-1</protocol>",
      ) =>
        `<item><ruleNumber>${number}</ruleNumber>${what}<ruleAction>${action}</ruleAction>` +
        `<egress>${egress}</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>`;
      const ports = (from: number, to: number) =>
        `<protocol>6</protocol><portRange><from>${from}</from><to>${to}</to></portRange>`;
      const shut = options.acl === "out"
        ? rule(90, "deny", true, ports(443, 443))
        : options.acl === "in"
        ? rule(90, "deny", false, ports(1024, 65_535))
        : "";
      const rules = [true, false].map((egress) =>
        rule(100, "allow", egress) + rule(32_767, "deny", egress)
      ).join("");
      return "<networkAclSet><item><networkAclId>acl-0123456789abcdef0</networkAclId>" +
        `<vpcId>${vpcId}</vpcId><entrySet>${shut}${rules}</entrySet></item></networkAclSet>`;
    }
    case "DescribeSecurityGroups": {
      const all =
        "<item><ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges></item>";
      const https =
        "<item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>" +
        `<groups><item><groupId>${taskGroup}</groupId></item></groups></item>`;
      const group = (id: string, inbound: string, outbound: string) =>
        `<item><groupId>${id}</groupId><ipPermissions>${inbound}</ipPermissions>` +
        `<ipPermissionsEgress>${outbound}</ipPermissionsEgress></item>`;
      return `<securityGroupInfo>${
        group(taskGroup, "", options.outboundShut ? "" : all)
      }${group(openGroup, https, all)}${
        group(shutGroup, "", all)
      }</securityGroupInfo>`;
    }
    default:
      return undefined;
  }
}
