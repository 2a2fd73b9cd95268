import type { SpawnOptions } from "./deps.ts";

/**
 * What is laid over the environment of a program that porthole starts: PORTHOLE_RACK, whose URL may hold a token, is for
 * nobody else, nor, where AWS is hidden, is anything that AWS's programs and SDKs go by (AWS SDKs and Tools Reference
 * Guide, "Environment variables").
 *
 * @param names those that are set.
 */
export function hideVariables(
  names: readonly string[],
  { withoutAws, platform }: {
    readonly withoutAws: boolean;
    readonly platform: "linux" | "darwin" | "windows";
  },
): NonNullable<SpawnOptions["env"]> {
  const prefixes = withoutAws ? ["PORTHOLE_RACK", "AWS_"] : ["PORTHOLE_RACK"];
  const hidden = names.filter((name) =>
    prefixes.some((prefix) => name.toUpperCase().startsWith(prefix))
  );
  const nothing = platform === "windows" ? "NUL" : "/dev/null";
  return {
    ...Object.fromEntries(hidden.map((name) => [name, undefined])),
    ...(withoutAws
      ? {
        AWS_CONFIG_FILE: nothing,
        AWS_SHARED_CREDENTIALS_FILE: nothing,
        AWS_EC2_METADATA_DISABLED: "true",
      }
      : {}),
  };
}
