import type { Aws } from "../../aws/create_aws.ts";

/** The longest wait for a hint. */
const PATIENCE_MS = 3_000;

/** Where a cluster of that name was looked for, and where it is. */
export interface RegionSearch {
  readonly searched: readonly string[];
  readonly found: readonly string[];
}

/** Looks for a cluster in the other regions that the AWS configuration names. */
export async function findRegions(
  aws: Aws,
  cluster: string,
): Promise<RegionSearch> {
  const abortSignal = AbortSignal.timeout(PATIENCE_MS);
  const answers = await Promise.all(
    (await aws.otherRegions()).map(async (region) => {
      try {
        const { clusters } = await aws.call(
          "ecs",
          "describeClusters",
          {
            clusters: [cluster],
          },
          { doing: "look for the cluster" },
          { region, abortSignal },
        );
        return [{ region, isThere: clusters?.[0]?.status === "ACTIVE" }];
      } catch {
        // It was not seen there, and that is not to say that it is not there.
        return [];
      }
    }),
  );
  const seen = answers.flat();
  return {
    searched: seen.map(({ region }) => region),
    found: seen.filter(({ isThere }) => isThere).map(({ region }) => region),
  };
}
