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
      const target = options.network === "public"
        ? "<gatewayId>igw-0123456789abcdef0</gatewayId>"
        : options.network === "nat"
        ? "<natGatewayId>nat-0123456789abcdef0</natGatewayId>"
        : undefined;
      const outside = target === undefined
        ? ""
        : `<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>${target}<state>active</state></item>`;
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
