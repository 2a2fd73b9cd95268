import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { type Cluster, findCluster, shortenArn } from "./fleet.ts";

/** Reads a text parameter; a value of another type is AWS's SerializationException. */
export function readText(
  parameters: Parameters,
  name: string,
): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw new ApiError(
      "SerializationException",
      `STRING_VALUE cannot be converted from ${typeof value}`,
    );
  }
  return value;
}

/** Finds the cluster a request names, or the default one. */
export function requireCluster(
  context: ApiContext,
  parameters: Parameters,
): Cluster {
  const name = readText(parameters, "cluster") ?? "default";
  const cluster = findCluster(context.fleet, name);
  if (cluster === undefined) {
    throw new ApiError("ClusterNotFoundException", "Cluster not found.");
  }
  return cluster;
}

/** Reads a list of texts. */
export function readList(
  parameters: Parameters,
  name: string,
): readonly string[] {
  const value = parameters[name];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string")) {
    throw new ApiError("SerializationException", "Expected list or null");
  }
  return value as string[];
}

/** One page of a list; the token is where the next one starts. */
export function listPage(
  key: string,
  all: readonly string[],
  parameters: Parameters,
  size: number,
): object {
  const token = readText(parameters, "nextToken");
  const start = token === undefined ? 0 : Number(atob(token).slice(5));
  if (!Number.isInteger(start)) {
    throw new ApiError("InvalidParameterException", "Invalid token.");
  }
  const wanted = parameters["maxResults"];
  if (
    wanted !== undefined &&
    (typeof wanted !== "number" || wanted < 1 || wanted > 100)
  ) {
    throw new ApiError(
      "InvalidParameterException",
      "maxResults should be between 1 and 100.",
    );
  }
  const end = start + (typeof wanted === "number" ? wanted : size);
  return {
    [key]: all.slice(start, end),
    ...(end < all.length ? { nextToken: btoa(`page:${end}`) } : {}),
  };
}

/** The id of a task named by id or ARN; AWS refuses ids of another length. */
export function checkTaskId(nameOrArn: string, word: string): string {
  const id = shortenArn(nameOrArn);
  if (id.length !== 32 && id.length !== 36) {
    throw new ApiError(
      "InvalidParameterException",
      `${word} length should be one of [32,36]`,
    );
  }
  return id;
}
