import { buildTask } from "./build_task.ts";
import { seedRandom } from "./seeded_random.ts";
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
import type { SandboxOptions } from "./sandbox_options.ts";

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
    ...(options.rack === undefined ? [] : [
      {
        name: "rack",
        containers: ["rack"],
        launchType: "FARGATE",
        exec: false,
        tasks: options.rack.tasks ?? 1,
      } satisfies Plan,
    ]),
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
      i === 0 ? buildCluster("default", plans, options, now) : buildCluster(
        options.clusterNames[i - 1] ?? `cluster-${i + 1}`,
        plans.slice(0, 2),
        options,
        now,
      ),
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
    const service: Omit<Service, keyof History> = {
      name: plan.name,
      serviceArn:
        `arn:aws:ecs:${region}:${account}:service/${name}/${plan.name}`,
      family,
      revision: chooseRevision(family),
      launchType: plan.launchType,
      controller: options.deploymentControllers[plan.name] ?? "ECS",
      execEnabled: options.exec[plan.name] ?? plan.exec,
      desired: options.tasks[plan.name] ?? plan.tasks,
      tags: [{ key: "service", value: plan.name }],
    };
    const random = seedRandom(options.seed, `${name}/${plan.name}`);
    const tasks = Array.from({ length: service.desired }, (_, index) => {
      const task = buildTask(cluster, service, {
        containers: plan.containers,
        deploymentId: nameDeployment(service),
        random,
        index,
        docker: index === 0 ? options.docker[plan.name] : undefined,
      });
      // Apart from each other, and the first of the list is the youngest: who
      // wants the oldest first has to sort.
      const startedAt = now - 3_600_000 + Math.floor(random() * 1000) -
        index * 61_000;
      return {
        ...task,
        createdAt: startedAt - 20_000,
        startedAt,
        agentRunsAt: options.agentPendingMs === 0
          ? startedAt + 5_000
          : now + options.agentPendingMs,
        status: plan.status ?? "RUNNING",
        ...(plan.status === "STOPPED"
          ? {
            stoppedAt: now,
            stoppedReason: "Essential container in task exited",
          }
          : {}),
      };
    });
    cluster.tasks.push(...tasks);
    cluster.services.push({
      ...service,
      ...describeHistory(service, tasks, now),
    });
  }
  return cluster;
}

/** What has happened to a service. */
type History = Pick<Service, "createdAt" | "deployments" | "events">;

/** A service left alone since it was created: its one deployment, and how its tasks came. */
function describeHistory(
  service: Omit<Service, keyof History>,
  tasks: readonly Task[],
  now: number,
): History {
  const id = nameDeployment(service);
  const starts = tasks.map(({ startedAt }) => startedAt);
  const createdAt = Math.min(now, ...starts) - 60_000;
  const settled = tasks.filter(({ status }) => status === "RUNNING").length ===
    service.desired;
  const settledAt = Math.max(createdAt, ...starts) + 30_000;
  const events = [
    ...tasks.map(({ taskId, startedAt }) => ({
      at: startedAt,
      message:
        `(service ${service.name}) has started 1 tasks: (task ${taskId}).`,
    })),
    ...(settled
      ? [{
        at: settledAt,
        message: `(service ${service.name}) has reached a steady state.`,
      }]
      : []),
  ];
  return {
    createdAt,
    deployments: [{
      id,
      family: service.family,
      revision: service.revision,
      status: "PRIMARY",
      createdAt,
      updatedAt: settled ? settledAt : now,
      rolloutState: settled ? "COMPLETED" : "IN_PROGRESS",
      rolloutStateReason: `ECS deployment ${id} ${
        settled ? "completed." : "in progress."
      }`,
      failedTasks: tasks.filter(({ status }) => status === "STOPPED").length,
    }],
    events: events.toSorted((a, b) => b.at - a.at),
  };
}

/** The id of a service's first deployment; the name tells services of one family apart. */
function nameDeployment(
  { name, revision }: Pick<Service, "name" | "revision">,
): string {
  const letters = [...name].map((letter) => letter.charCodeAt(0));
  return `ecs-svc/${revision}${letters.join("").slice(0, 16).padEnd(16, "0")}`;
}

/** A revision per family, so that two families are not told apart by chance. */
function chooseRevision(family: string): number {
  return 3 + family.length;
}
