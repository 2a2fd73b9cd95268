import { drawText, seedRandom } from "./seeded_random.ts";
import {
  account,
  type Cluster,
  type Fleet,
  type LaunchType,
  region,
  type Service,
  type Task,
  type TaskDefinition,
} from "./fleet.ts";
import type { DockerTaskOption, SandboxOptions } from "./sandbox_options.ts";

/** A service as it is planned. */
type Plan = {
  readonly name: string;
  readonly family?: string;
  readonly containers: readonly string[];
  readonly launchType: LaunchType;
  readonly exec: boolean;
  readonly tasks: number;
  readonly status?: Task["status"];
};

const webContainers = ["web", "sidecar"];

const usualServices: readonly Plan[] = [
  {
    name: "web",
    containers: webContainers,
    launchType: "FARGATE",
    exec: true,
    tasks: 2,
  },
  {
    name: "worker",
    containers: ["worker"],
    launchType: "FARGATE",
    exec: true,
    tasks: 1,
  },
  {
    name: "legacy",
    containers: ["legacy"],
    launchType: "EC2",
    exec: false,
    tasks: 1,
  },
  {
    name: "fargate-old",
    containers: ["app"],
    launchType: "FARGATE",
    exec: false,
    tasks: 1,
  },
  // Another service of the same family: whoever lists by family instead of by
  // service offers its task too.
  {
    name: "web-canary",
    family: "web",
    containers: webContainers,
    launchType: "FARGATE",
    exec: true,
    tasks: 1,
  },
];

const unsettledServices: readonly Plan[] = [
  {
    name: "stopped",
    containers: ["app"],
    launchType: "FARGATE",
    exec: true,
    tasks: 0,
  },
  {
    name: "pending",
    containers: ["app"],
    launchType: "FARGATE",
    exec: true,
    tasks: 1,
    status: "PENDING",
  },
  {
    name: "stopping",
    containers: ["app"],
    launchType: "FARGATE",
    exec: true,
    tasks: 1,
    status: "STOPPED",
  },
];

/** Builds the clusters, services and tasks that the options ask for. */
export function buildFleet(options: SandboxOptions, now: number): Fleet {
  const plans = [
    ...usualServices.slice(0, options.services),
    ...Array.from(
      { length: Math.max(0, options.services - usualServices.length) },
      (_, i): Plan => ({
        name: `service-${i + usualServices.length + 1}`,
        containers: ["app"],
        launchType: "FARGATE",
        exec: true,
        tasks: 1,
      }),
    ),
    ...(options.unsettled ? unsettledServices : []),
  ].map((plan): Plan => ({
    ...plan,
    launchType: options.launchTypes[plan.name] ?? plan.launchType,
    containers: plan.name in options.docker
      ? Object.keys(options.docker[plan.name]?.containers ?? {})
      : plan.containers,
  }));
  const clusters = Array.from(
    { length: options.clusters },
    (_, i) =>
      i === 0
        ? buildCluster("default", plans, options, now)
        : buildCluster(`cluster-${i + 1}`, plans.slice(0, 2), options, now),
  );
  const definitions = new Map<string, TaskDefinition>();
  for (const plan of plans) {
    const family = plan.family ?? plan.name;
    definitions.set(family, {
      family,
      revision: chooseRevision(family),
      containers: plan.containers,
      launchType: plan.launchType,
    });
  }
  return { clusters, definitions: [...definitions.values()] };
}

function buildCluster(
  name: string,
  plans: readonly Plan[],
  options: SandboxOptions,
  now: number,
): Cluster {
  const cluster: Cluster = {
    name,
    clusterArn: `arn:aws:ecs:${region}:${account}:cluster/${name}`,
    services: [],
    tasks: [],
  };
  for (const plan of plans) {
    const family = plan.family ?? plan.name;
    const service: Service = {
      name: plan.name,
      serviceArn:
        `arn:aws:ecs:${region}:${account}:service/${name}/${plan.name}`,
      family,
      revision: chooseRevision(family),
      launchType: plan.launchType,
      execEnabled: options.exec[plan.name] ?? plan.exec,
      desired: options.tasks[plan.name] ?? plan.tasks,
      tags: [{ key: "service", value: plan.name }],
    };
    cluster.services.push(service);
    const random = seedRandom(options.seed, `${name}/${plan.name}`);
    for (let i = 0; i < service.desired; i++) {
      cluster.tasks.push(
        buildTask(
          cluster,
          service,
          plan,
          random,
          now,
          i,
          i === 0 ? options.docker[plan.name] : undefined,
        ),
      );
    }
  }
  return cluster;
}

function buildTask(
  cluster: Cluster,
  service: Service,
  plan: Plan,
  random: () => number,
  now: number,
  index: number,
  docker: DockerTaskOption | undefined,
): Task {
  const taskId = docker?.taskId ?? drawText(random, "0123456789abcdef", 32);
  const status = plan.status ?? "RUNNING";
  const hex = () => drawText(random, "0123456789abcdef", 12);
  // AWS lists a task's containers in no order of its own, so the first of the
  // list must not be taken for the first of the definition.
  const containers = [...plan.containers].reverse().map((container) => ({
    name: container,
    containerArn:
      `arn:aws:ecs:${region}:${account}:container/${cluster.name}/${taskId}/${
        drawText(random, "0123456789abcdef", 8)
      }-${hex()}`,
    runtimeId: docker?.containers[container] ??
      (plan.launchType === "FARGATE"
        ? `${taskId}-${drawText(random, "0123456789", 10)}`
        : drawText(random, "0123456789abcdef", 64)),
  }));
  return {
    taskId,
    taskArn: `arn:aws:ecs:${region}:${account}:task/${cluster.name}/${taskId}`,
    cluster,
    service: service.name,
    family: service.family,
    revision: service.revision,
    launchType: service.launchType,
    execEnabled: service.execEnabled,
    zone: `${region}${index % 2 === 0 ? "a" : "b"}`,
    // Apart from each other, and the first of the list is the youngest: who
    // wants the oldest first has to sort.
    startedAt: now - 3_600_000 + Math.floor(random() * 1000) - index * 61_000,
    containerInstanceArn: plan.launchType !== "FARGATE"
      ? `arn:aws:ecs:${region}:${account}:container-instance/${cluster.name}/${
        drawText(random, "0123456789abcdef", 32)
      }`
      : undefined,
    containers,
    status,
    stoppedReason: status === "STOPPED"
      ? "Essential container in task exited"
      : undefined,
  };
}

/** A revision per family, so that two families are not told apart by chance. */
function chooseRevision(family: string): number {
  return 3 + family.length;
}
