import { PortholeError } from "../../errors.ts";
import type { Directory } from "../access.ts";
import type { RackClient } from "./create_rack_client.ts";
import {
  type Process,
  readApps,
  readProcess,
  readProcesses,
  readServices,
} from "./read_answers.ts";

/**
 * What there is on a Convox rack, in the words of ECS: an app is a cluster, its services are the
 * cluster's, a process is a task with one container, named as its service.
 */
export function createRackDirectory(
  client: RackClient,
  region: string,
): Directory<Process> {
  const noApp = (app: string) => () =>
    new PortholeError(
      "cluster_not_found",
      `Cannot find app "${app}" on rack "${client.rack.name}"`,
      { hint: "porthole tasks APP/SERVICE names both" },
    );

  async function listServices(app: string) {
    const text = await client.ask({
      method: "GET",
      path: ["apps", app, "services"],
      missing: noApp(app),
    });
    return readServices(text, client);
  }

  async function listProcesses(app: string): Promise<readonly Process[]> {
    const text = await client.ask({
      method: "GET",
      path: ["apps", app, "processes"],
      missing: noApp(app),
    });
    return readProcesses(text, client);
  }

  return {
    region,
    async listClusters() {
      const text = await client.ask({ method: "GET", path: ["apps"] });
      return readApps(text, client).map(({ name }) => name);
    },
    describeClusters: () => Promise.resolve([]),
    async listServices(app) {
      return (await listServices(app)).map(({ name }) => name);
    },
    async describeServices(app, names) {
      const [services, processes] = await Promise.all([
        listServices(app),
        listProcesses(app),
      ]);
      return services.filter(({ name }) => names.includes(name))
        .map(({ name, count }) => {
          const running = processes.filter(({ group, status }) =>
            group === `service:${name}` && status === "RUNNING"
          ).length;
          return {
            name,
            running,
            desired: count ?? running,
            taskDefinitionArn: "",
          };
        });
    },
    async listTasks(app, service, desiredStatus = "RUNNING") {
      // A rack forgets what has stopped.
      if (desiredStatus === "STOPPED") return [];
      const processes = await listProcesses(app);
      return service === undefined
        ? processes
        : processes.filter(({ group }) => group === `service:${service}`);
    },
    async describeTask(app, id) {
      // Convox answers 500 where 404 is meant for some: the list is the same everywhere.
      const processes = await listProcesses(app);
      return processes.find((process) => process.id === id);
    },
    // A rack does not tell where processes are.
    selectByIp: () => Promise.resolve([]),
    listContainerNames: ({ containers }) =>
      Promise.resolve(containers.map(({ name }) => name)),
  };
}

/** Looks at one process, as it is waited for. */
export async function readOneProcess(
  client: RackClient,
  app: string,
  id: string,
  /** The error where the rack has no such process; absent: the rack's own words. */
  missing?: () => PortholeError,
): Promise<Process> {
  const text = await client.ask({
    method: "GET",
    path: ["apps", app, "processes", id],
    ...(missing && { missing }),
  });
  return readProcess(text, client);
}
