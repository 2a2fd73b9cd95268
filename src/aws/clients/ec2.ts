import {
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";

/** The SDK's client of EC2: what porthole asks of it and no more goes into the binary. */
export const Client = EC2Client;

/** What it is asked. */
export const commands = {
  describeInstances: DescribeInstancesCommand,
  describeNetworkAcls: DescribeNetworkAclsCommand,
  describeRouteTables: DescribeRouteTablesCommand,
  describeSecurityGroups: DescribeSecurityGroupsCommand,
  describeSubnets: DescribeSubnetsCommand,
  describeVpcEndpoints: DescribeVpcEndpointsCommand,
};
