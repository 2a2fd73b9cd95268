import { type FileDeps, loadSharedFiles } from "./load_shared_files.ts";

/**
 * The region of a profile in the shared AWS config file (AWS_PROFILE's, or `default`'s, without a
 * name), read by the SDK's own loader; undefined when there is none. AWS_REGION, where it is set,
 * is what the SDK answers first.
 */
export async function readProfileRegion(
  profile: string | undefined,
  deps: FileDeps,
): Promise<string | undefined> {
  await loadSharedFiles(deps);
  const { ECSClient } = await import("@aws-sdk/client-ecs");
  const client = new ECSClient(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    // The loader rejects when no file names a region, and when there is no file.
    return undefined;
  } finally {
    client.destroy();
  }
}
