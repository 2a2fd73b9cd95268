import type { Aws, IamEvaluation } from "../../aws/create_aws.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { present } from "../../present.ts";
import type { Inspect, Verdict } from "../access.ts";
import {
  readAclRules,
  readRoutes,
  readSecurityGroup,
  readVpcEndpoint,
} from "./read_network.ts";

/** Who we are, what roles may do, and the network, as the STS, IAM, ECS, KMS and EC2 APIs tell. */
export function createInspect(aws: Pick<Aws, "call" | "explain">): Inspect {
  return {
    getCallerIdentity: async () => {
      const { Account, Arn } = await aws.call("sts", "getCallerIdentity", {}, {
        doing: "find out whose credentials these are",
        action: "sts:GetCallerIdentity",
      });
      return { account: Account ?? "", arn: Arn ?? "" };
    },
    findRoleArn: async (name) => {
      const { Role } = await aws.call("iam", "getRole", { RoleName: name }, {
        doing: `look at role "${name}"`,
        action: "iam:GetRole",
      });
      return Role?.Arn ?? "";
    },
    simulatePolicy: async (
      principalArn,
      actions,
      { resources = ["*"], context = {} } = {},
    ) => {
      const { EvaluationResults } = await aws.call(
        "iam",
        "simulatePrincipalPolicy",
        {
          PolicySourceArn: principalArn,
          ActionNames: [...actions],
          ResourceArns: [...resources],
          ContextEntries: Object.entries(context).map(([key, value]) => ({
            ContextKeyName: key,
            ContextKeyType: "string" as const,
            ContextKeyValues: [value],
          })),
        },
        {
          doing: `simulate the policies of "${nameOfArn(principalArn)}"`,
          action: "iam:SimulatePrincipalPolicy",
        },
      );
      return (EvaluationResults ?? []).flatMap(readVerdicts);
    },
    describeExecSettings: async (cluster) => {
      const context = {
        doing: `look at cluster "${nameOfArn(cluster)}"`,
        action: "ecs:DescribeClusters",
        cluster,
      };
      const { clusters } = await aws.call("ecs", "describeClusters", {
        clusters: [cluster],
        include: ["CONFIGURATIONS"],
      }, context);
      const [found] = clusters ?? [];
      if (found === undefined || found.status === "INACTIVE") {
        throw aws.explain(
          Object.assign(new Error(), { name: "ClusterNotFoundException" }),
          context,
        );
      }
      const { kmsKeyId, logging, logConfiguration } =
        found.configuration?.executeCommandConfiguration ?? {};
      return present({
        status: found.status ?? "",
        kmsKeyId: kmsKeyId || undefined,
        logging: logging ?? "DEFAULT",
        logGroup: logConfiguration?.cloudWatchLogGroupName || undefined,
        bucket: logConfiguration?.s3BucketName || undefined,
      });
    },
    tryDataKey: async (keyId) => {
      try {
        await aws.call("kms", "generateDataKey", {
          KeyId: keyId,
          NumberOfBytes: 64,
          DryRun: true,
        }, {
          doing: `get a key for sessions from KMS key "${keyId}"`,
          action: "kms:GenerateDataKey",
        });
      } catch (error) {
        // What KMS says where the call would have succeeded.
        if (!isDryRunRefusal(error)) throw error;
      }
    },
    describeSubnet: async (subnetId) => {
      const { Subnets } = await aws.call("ec2", "describeSubnets", {
        SubnetIds: [subnetId],
      }, {
        doing: `look at subnet ${subnetId}`,
        action: "ec2:DescribeSubnets",
      });
      const subnet = Subnets?.[0];
      return present({
        id: subnetId,
        vpcId: subnet?.VpcId ?? "",
        cidr: subnet?.CidrBlock,
      });
    },
    listRoutes: async ({ id, vpcId }) => {
      const { RouteTables } = await aws.call("ec2", "describeRouteTables", {
        Filters: [{ Name: "vpc-id", Values: [vpcId] }],
      }, {
        doing: `look at the route tables of ${vpcId}`,
        action: "ec2:DescribeRouteTables",
      });
      return readRoutes(RouteTables ?? [], id);
    },
    listVpcEndpoints: async (vpcId) => {
      const { VpcEndpoints } = await aws.call("ec2", "describeVpcEndpoints", {
        Filters: [{ Name: "vpc-id", Values: [vpcId] }],
      }, {
        doing: `look at the endpoints of ${vpcId}`,
        action: "ec2:DescribeVpcEndpoints",
      });
      return (VpcEndpoints ?? []).map(readVpcEndpoint);
    },
    describeSecurityGroups: async (ids) => {
      const { SecurityGroups } = await aws.call(
        "ec2",
        "describeSecurityGroups",
        { GroupIds: [...ids] },
        {
          doing: `look at ${ids.join(", ")}`,
          action: "ec2:DescribeSecurityGroups",
        },
      );
      return (SecurityGroups ?? []).map(readSecurityGroup);
    },
    listAclRules: async (subnetId) => {
      const { NetworkAcls } = await aws.call("ec2", "describeNetworkAcls", {
        Filters: [{ Name: "association.subnet-id", Values: [subnetId] }],
      }, {
        doing: `look at the network ACL of ${subnetId}`,
        action: "ec2:DescribeNetworkAcls",
      });
      return (NetworkAcls ?? []).flatMap(readAclRules);
    },
    describeInstanceNetwork: async (instanceId) => {
      const { Reservations } = await aws.call("ec2", "describeInstances", {
        InstanceIds: [instanceId],
      }, {
        doing: `look at the network of instance ${instanceId}`,
        action: "ec2:DescribeInstances",
      });
      const instance = Reservations?.[0]?.Instances?.[0];
      return present({
        subnetId: instance?.SubnetId,
        securityGroups: (instance?.SecurityGroups ?? []).flatMap((
          { GroupId },
        ) => GroupId ?? []),
        hasPublicAddress: instance?.PublicIpAddress !== undefined,
      });
    },
  };
}

/** One for each resource, where the answer tells them apart. */
function readVerdicts(result: IamEvaluation): readonly Verdict[] {
  const { EvalActionName: action = "" } = result;
  const specific = result.ResourceSpecificResults ?? [];
  if (specific.length === 0) {
    return [{
      action,
      resource: result.EvalResourceName ?? "*",
      ...judge(result.EvalDecision, result.MissingContextValues),
    }];
  }
  return specific.map((one) => ({
    action,
    resource: one.EvalResourceName ?? "*",
    ...judge(one.EvalResourceDecision, one.MissingContextValues),
  }));
}

/** A refusal that hangs on keys which the simulation was not given says nothing yet. */
function judge(
  decision: string | undefined,
  missingKeys: readonly string[] = [],
): Pick<Verdict, "kind" | "missingKeys"> {
  if (decision === "allowed") return { kind: "allowed", missingKeys: [] };
  if (missingKeys.length > 0) return { kind: "unclear", missingKeys };
  return {
    kind: decision === "explicitDeny" ? "explicitly_denied" : "denied",
    missingKeys: [],
  };
}

function isDryRunRefusal(error: unknown): boolean {
  return error instanceof PortholeError &&
    (error.cause as { readonly name?: unknown } | undefined)?.name ===
      "DryRunOperationException";
}
