import type { Aws } from "../../aws/create_aws.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { present } from "../../present.ts";
import type { Hosts } from "../access.ts";
import { sessionTarget } from "./session_target.ts";
import { startSession } from "./start_session.ts";

/** The machines of tasks, from the ECS, EC2 and SSM APIs. */
export function createHosts(aws: Pick<Aws, "call">): Hosts {
  return {
    describeContainerInstance: async ({ clusterArn, containerInstanceArn }) => {
      if (containerInstanceArn === undefined) return undefined;
      const { containerInstances } = await aws.call(
        "ecs",
        "describeContainerInstances",
        { cluster: clusterArn, containerInstances: [containerInstanceArn] },
        {
          doing: `look at container instance ${
            nameOfArn(containerInstanceArn)
          }`,
          action: "ecs:DescribeContainerInstances",
          cluster: clusterArn,
        },
      );
      const instance = containerInstances?.[0];
      return present({
        arn: containerInstanceArn,
        instanceId: instance?.ec2InstanceId,
        agentVersion: instance?.versionInfo?.agentVersion,
      });
    },
    describeInstanceAddresses: async (instanceId) => {
      const { Reservations } = await aws.call("ec2", "describeInstances", {
        InstanceIds: [instanceId],
      }, {
        doing: `look up the address of instance ${instanceId}`,
        action: "ec2:DescribeInstances",
      });
      const instance = Reservations?.[0]?.Instances?.[0];
      return present({
        privateIp: instance?.PrivateIpAddress,
        publicIp: instance?.PublicIpAddress,
      });
    },
    listSessions: async (task, container) => {
      const { Sessions } = await aws.call("ssm", "describeSessions", {
        State: "Active",
        Filters: [{ key: "Target", value: sessionTarget(task, container) }],
      }, {
        doing: `list the sessions of container "${container.name}"`,
        action: "ssm:DescribeSessions",
      });
      return (Sessions ?? []).flatMap(({ SessionId }) => SessionId ?? []);
    },
    openInstanceSession: (instanceId, command) =>
      startSession(aws, instanceId, command),
  };
}
