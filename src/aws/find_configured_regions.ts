import { join } from "node:path";

/** What the search needs of the outside. */
interface Outside {
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => Promise<string>;
}

/** The regions that the environment and the profiles of the AWS configuration name, each once. */
export async function findConfiguredRegions(
  { env, readTextFile }: Outside,
): Promise<readonly string[]> {
  const home = env("HOME") ?? env("USERPROFILE") ?? "";
  const path = env("AWS_CONFIG_FILE") ?? join(home, ".aws", "config");
  let text = "";
  try {
    text = await readTextFile(path);
  } catch {
    // Most machines that get credentials otherwise have none.
  }
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
