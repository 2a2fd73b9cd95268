import type { Fleet } from "./fleet.ts";
import { region } from "./fleet.ts";
import type { HttpRequest, HttpResponse } from "./serve_http.ts";

/** What stands before a container's id in the path. */
export const metadataPath = "/v4/";

/**
 * Answers what a container asks of the task metadata endpoint, version 4: what it is, and with `/task` what its task
 * is. Undefined for every other request. A container is named by its runtime id.
 */
export function answerMetadata(
  fleet: Fleet,
  { method, url }: HttpRequest,
): HttpResponse | undefined {
  if (method !== "GET" || !url.startsWith(metadataPath)) return undefined;
  const [id = "", what] = url.slice(metadataPath.length).split("/");
  for (const task of fleet.clusters.flatMap(({ tasks }) => tasks)) {
    const container = task.containers.find(({ runtimeId }) => runtimeId === id);
    if (container === undefined) continue;
    if (what === "task") {
      return json({
        Cluster: task.cluster.clusterArn,
        TaskARN: task.taskArn,
        Family: task.family,
        Revision: String(task.revision),
        DesiredStatus: "RUNNING",
        KnownStatus: task.status,
        LaunchType: task.launchType,
        AvailabilityZone: task.zone,
        ...(task.service === undefined ? {} : { ServiceName: task.service }),
      });
    }
    if (what !== undefined) break;
    return json({
      DockerId: container.runtimeId,
      Name: container.name,
      DockerName: container.name,
      Image: `${container.name}:1`,
      ContainerARN: container.containerArn,
      KnownStatus: task.status,
      Type: "NORMAL",
      LogOptions: { "awslogs-region": region },
      Labels: {
        "com.amazonaws.ecs.cluster": task.cluster.clusterArn,
        "com.amazonaws.ecs.container-name": container.name,
        "com.amazonaws.ecs.task-arn": task.taskArn,
        "com.amazonaws.ecs.task-definition-family": task.family,
        "com.amazonaws.ecs.task-definition-version": String(task.revision),
      },
    });
  }
  return { status: 404, headers: {}, body: "not found\n" };
}

function json(value: object): HttpResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
