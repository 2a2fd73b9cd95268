import type { Deps } from "../../deps.ts";

/** What would have a plugin sign for somebody, or speak to somewhere, that a rack knows nothing of. */
const VARIABLES: readonly string[] = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_SSM",
  "AWS_ENDPOINT_URL_SSMMESSAGES",
];

/** Starts programs without anything of AWS's but what porthole itself gives them. */
export function hideAws(deps: Deps): Deps {
  const nothing = deps.platform === "windows" ? "NUL" : "/dev/null";
  const hidden = {
    ...Object.fromEntries(VARIABLES.map((name) => [name, ""])),
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return {
    ...deps,
    spawn: (options) =>
      deps.spawn({ ...options, env: { ...hidden, ...options.env } }),
  };
}
