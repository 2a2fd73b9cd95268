import { type FileDeps, readConfigFile } from "./load_shared_files.ts";

/** The regions that the environment and the profiles of the AWS configuration name, each once. */
export async function findConfiguredRegions(
  deps: FileDeps,
): Promise<readonly string[]> {
  const { env } = deps;
  const text = await readConfigFile(deps);
  // Not `sso_region`: that is where the sign-in is, not where anything runs.
  const profiles = [...text.matchAll(/^\s*region\s*=\s*([\w-]+)/gm)];
  return [
    ...new Set(
      [
        env("AWS_REGION"),
        env("AWS_DEFAULT_REGION"),
        ...profiles.map(([, name]) => name),
      ].flatMap((name) => name || []),
    ),
  ];
}
