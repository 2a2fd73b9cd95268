import type { AwsAccess } from "../../access/access.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { within } from "../../within.ts";

/** How long one look may take; on a busy machine loading a client of the SDK alone takes seconds. */
export const LOOK_MS = 30_000;

/** What a doctor asks; the rest of the door stays as it is. */
const READS = [
  "describeTask",
  "listTasks",
  "describeService",
  "describeTaskDefinition",
  "listContainerNames",
  "describeContainerInstance",
  "describeInstanceAddresses",
  "listSessions",
  "getCallerIdentity",
  "findRoleArn",
  "simulatePolicy",
  "describeExecSettings",
  "tryDataKey",
  "describeSubnet",
  "listRoutes",
  "listVpcEndpoints",
  "describeSecurityGroups",
  "listAclRules",
  "describeInstanceNetwork",
] as const satisfies readonly (keyof AwsAccess)[];

/** The same door, through which each look has a limit in time. */
export function limitAccess(
  access: AwsAccess,
  deps: Pick<Deps, "sleep">,
): AwsAccess {
  const limited = READS.map((name) => {
    const read = access[name] as (
      ...words: readonly unknown[]
    ) => Promise<unknown>;
    return [
      name,
      (...words: readonly unknown[]) => limitLook(read(...words), deps),
    ];
  });
  return { ...access, ...Object.fromEntries(limited) };
}

/** @throws {PortholeError} timed_out. */
export async function limitLook<T>(
  answer: Promise<T>,
  deps: Pick<Deps, "sleep">,
  milliseconds = LOOK_MS,
): Promise<T> {
  const wrapped = answer.then((value) => ({ value }));
  // It may fail when nobody waits any longer.
  wrapped.catch(() => {});
  const came = await within(milliseconds, wrapped, deps);
  if (came !== undefined) return came.value;
  throw new PortholeError(
    "timed_out",
    { cannot: "look", because: `no answer within ${milliseconds / 1000} s` },
    { hint: "try again; --debug shows each call" },
  );
}
