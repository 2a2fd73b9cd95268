import type { Aws } from "../../aws/create_aws.ts";
import type { Directory, Task } from "../access.ts";
import { describeBatches } from "./read_lists.ts";

/** What DescribeContainerInstances takes at most. */
const BATCH = 100;

/** Selects tasks by where they answer, with the ECS and EC2 APIs where the task itself does not tell. */
export function createIpSelection(
  { call }: Pick<Aws, "call">,
): Directory["selectByIp"] {
  return async (tasks, ip) => {
    const own = tasks.filter(({ privateIp }) => privateIp === ip);
    if (own.length > 0) return own;
    const sharing = tasks.filter((task) =>
      task.privateIp === undefined && task.containerInstanceArn !== undefined
    );
    if (sharing.length === 0) return [];
    const instances = await findInstances(ip);
    if (instances.size === 0) return [];
    const arns = new Set(
      (await Promise.all(
        [...Map.groupBy(sharing, ({ clusterArn }) => clusterArn)].map(
          ([cluster, tasks]) => findMachines(cluster, tasks, instances),
        ),
      )).flat(),
    );
    return sharing.filter(({ containerInstanceArn }) =>
      arns.has(containerInstanceArn)
    );
  };

  /** The EC2 instances that have this address, on any of their network interfaces. */
  async function findInstances(ip: string): Promise<ReadonlySet<string>> {
    const { Reservations = [] } = await call("ec2", "describeInstances", {
      Filters: [{
        Name: "network-interface.addresses.private-ip-address",
        Values: [ip],
      }],
    }, {
      doing: `look for the instance at ${ip}`,
      action: "ec2:DescribeInstances",
    });
    return new Set(
      Reservations.flatMap(({ Instances = [] }) => Instances)
        .flatMap(({ InstanceId }) => InstanceId ?? []),
    );
  }

  /** The ARNs of the container instances that tasks of a cluster run on, and that are among these instances. */
  async function findMachines(
    cluster: string,
    tasks: readonly Task[],
    instances: ReadonlySet<string>,
  ): Promise<readonly (string | undefined)[]> {
    const arns = tasks.flatMap((task) => task.containerInstanceArn ?? []);
    const machines = await describeBatches(
      [...new Set(arns)],
      BATCH,
      async (containerInstances) => {
        const answer = await call("ecs", "describeContainerInstances", {
          cluster,
          containerInstances,
        }, {
          doing: "look at the container instances",
          action: "ecs:DescribeContainerInstances",
          cluster,
        });
        return answer.containerInstances ?? [];
      },
    );
    return machines
      .filter(({ ec2InstanceId = "" }) => instances.has(ec2InstanceId))
      .map(({ containerInstanceArn }) => containerInstanceArn);
  }
}
