import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import {
  checkKeys,
  type ExpiringCredentials,
  refuseHalf,
} from "./check_keys.ts";
import type { WebIdentity } from "./credential_source.ts";

/** Keys of the environment; the AWS CLI takes one without the other for a mistake, too. */
export function readEnvironmentKeys(
  env: Deps["env"],
): ExpiringCredentials | undefined {
  const accessKeyId = env("AWS_ACCESS_KEY_ID");
  const secretAccessKey = env("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId) return undefined;
  if (!secretAccessKey) {
    throw refuseHalf(
      "the environment",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    );
  }
  const token = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"].find((name) =>
    env(name)
  );
  return checkKeys(
    {
      accessKeyId,
      secretAccessKey,
      ...(token && { sessionToken: env(token) ?? "" }),
    },
    {
      accessKeyId: "AWS_ACCESS_KEY_ID",
      secretAccessKey: "AWS_SECRET_ACCESS_KEY",
      sessionToken: token ?? "",
    },
  );
}

/** A token whose file the environment names. */
export function readEnvironmentIdentity(
  env: Deps["env"],
): WebIdentity | undefined {
  const tokenFile = env("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!tokenFile) return undefined;
  const roleArn = env("AWS_ROLE_ARN");
  if (!roleArn) {
    throw new PortholeError(
      "no_credentials",
      "Cannot get AWS credentials: AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN",
      { hint: "set AWS_ROLE_ARN to the role that the token is for" },
    );
  }
  const sessionName = env("AWS_ROLE_SESSION_NAME");
  return {
    kind: "web_identity",
    tokenFile,
    roleArn,
    ...(sessionName && { sessionName }),
  };
}

/** Whether a task, a pod or another container has a role. */
export function hasContainerRole(env: Deps["env"]): boolean {
  return Boolean(
    env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
      env("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
  );
}
