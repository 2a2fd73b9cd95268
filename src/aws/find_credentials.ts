import type { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { type FileDeps, loadTokenFiles } from "./load_shared_files.ts";
import { EndpointError } from "./send_request.ts";
import type { AwsCredentials } from "./sign_upgrade.ts";

/** What the credential chain starts from. */
export interface CredentialSearch extends FileDeps {
  /** From `--profile`, not from AWS_PROFILE. */
  readonly profile: string | undefined;
  readonly region: string;
  /** STS and SSO are asked through it, as ECS is. */
  readonly requestHandler: FetchHttpHandler;
}

/** Credentials as the SDK keeps them: it asks again when they are about to expire. */
type ExpiringCredentials = AwsCredentials & { readonly expiration?: Date };

/**
 * The standard chain, in the AWS CLI's order: a profile named on the command line is the only
 * source; then the environment's keys; then AWS_PROFILE; then the default profile, process,
 * web identity, container and instance.
 *
 * The SDK's own chain lets AWS_PROFILE win over keys in the environment, and goes on to the
 * instance's role when a named profile does not exist. The SDK's providers are loaded only where
 * the keys are not in the environment.
 */
export function createCredentialFinder(
  search: CredentialSearch,
): () => Promise<ExpiringCredentials> {
  const { env, region, requestHandler } = search;
  const clientConfig = { region, requestHandler };
  let find: (() => Promise<ExpiringCredentials>) | undefined;
  let broken: EndpointError | undefined;
  return async () => {
    if (search.profile === undefined) {
      const keys = readEnvironmentKeys(env);
      if (keys) return keys;
    }
    broken = undefined;
    find ??= await (async () => {
      const [{ fromIni, fromNodeProviderChain }, { limitNodeRequests }] =
        await Promise.all([
          import("@aws-sdk/credential-providers"),
          import("./limit_node_requests.ts"),
        ]);
      limitNodeRequests((endpoint, reason) => {
        broken = new EndpointError("timed_out", endpoint, reason);
      });
      const profile = search.profile ?? env("AWS_PROFILE");
      return profile
        ? fromIni({ profile, clientConfig })
        : fromNodeProviderChain({ clientConfig });
    })();
    await loadTokenFiles(search.profile, search);
    try {
      return await find();
    } catch (error) {
      throw broken ?? error;
    }
  };
}

function readEnvironmentKeys(
  env: (name: string) => string | undefined,
): ExpiringCredentials | undefined {
  const accessKeyId = env("AWS_ACCESS_KEY_ID");
  const secretAccessKey = env("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = env("AWS_SESSION_TOKEN");
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
  };
}
