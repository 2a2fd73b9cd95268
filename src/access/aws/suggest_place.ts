import { closestName } from "../../closest_name.ts";
import { PortholeError } from "../../errors.ts";
import { orderNames } from "../../order_names.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { RegionSearch } from "./find_regions.ts";

/** What can be asked for a suggestion; each may be denied. */
export interface Places {
  /** The region that was asked. */
  readonly region: string;
  listClusters(): Promise<readonly string[]>;
  listServices(cluster: string): Promise<readonly string[]>;
  findRegions(cluster: string): Promise<RegionSearch>;
}

/** Adds to a "not found" where it may be instead: the closest name there is, or another region. */
export async function suggestPlace(
  error: PortholeError,
  { cluster = "default", service }: {
    readonly cluster?: string;
    readonly service?: string;
  },
  places: Places,
): Promise<PortholeError> {
  if (error.hint !== undefined) return error;
  const elsewhere = hintArnRegion(error, [service, cluster], places.region);
  if (elsewhere !== undefined) return error.withHint(elsewhere);
  const hints = error.code === "cluster_not_found"
    ? await Promise.all([
      hintRegion(nameOfArn(cluster), places),
      hintNames(cluster, "cluster", () => places.listClusters()),
    ])
    : error.code === "service_not_found" && service !== undefined
    ? [await hintNames(service, "service", () => places.listServices(cluster))]
    : [];
  return error.withDetails({
    hints: hints.filter((line) => line !== undefined),
  });
}

/** An ARN names its region, and AWS does not look there. */
function hintArnRegion(
  { code }: PortholeError,
  names: readonly (string | undefined)[],
  asked: string,
): string | undefined {
  const codes = ["cluster_not_found", "service_not_found", "aws_refused"];
  if (!codes.includes(code)) return undefined;
  for (const name of names) {
    const region = /^arn:[^:]*:ecs:([^:]+):/.exec(name ?? "")?.[1];
    if (region !== undefined && region !== asked) {
      return `the ARN is of region "${region}", but "${asked}" is set: --region ${region}`;
    }
  }
  return undefined;
}

async function hintRegion(
  cluster: string,
  places: Places,
): Promise<string | undefined> {
  const { searched, found } = await places.findRegions(cluster);
  const [region] = found;
  if (region !== undefined) {
    return `found in ${
      found.map((name) => `"${name}"`).join(", ")
    }: --region ${region}`;
  }
  return searched.length === 0
    ? undefined
    : `it was not found in the other regions of your AWS configuration either: ${
      searched.join(", ")
    }`;
}

async function hintNames(
  wanted: string,
  kind: string,
  list: () => Promise<readonly string[]>,
): Promise<string | undefined> {
  let names: readonly string[];
  try {
    names = await list();
  } catch {
    return undefined;
  }
  const closest = closestName(nameOfArn(wanted), names);
  if (closest !== undefined) return `did you mean "${closest}"?`;
  if (names.length === 0) return `there is no ${kind}`;
  // It is there after all, or was named by the ARN of another account.
  if (names.includes(nameOfArn(wanted))) return undefined;
  const shown = orderNames(names, (name) => name).slice(0, 10)
    .map((name) => `"${name}"`).join(", ");
  return `${kind}s: ${shown}${
    names.length > 10 ? ` and ${names.length - 10} more` : ""
  }`;
}
