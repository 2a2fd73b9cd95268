import { messageOf } from "../errors.ts";
import type { AwsDeps } from "./aws_deps.ts";
import { checkHeaderValue, type ExpiringCredentials } from "./check_keys.ts";
import { refuseSource, tellReadFailure } from "./explain_source_error.ts";
import { explainEndpointError } from "./explain_endpoint_error.ts";
import { EndpointError } from "./send_request.ts";
import { tameText } from "./tame_text.ts";

/** The SDK warns on the console, which is not for it to write to. */
const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};

/**
 * Gets the credentials of this container's role, of a task or a pod, from the address that the
 * environment names.
 *
 * @throws {PortholeError} no_credentials.
 */
export async function getContainerCredentials(
  { env, readTextFile }: Pick<AwsDeps, "env" | "readTextFile">,
): Promise<ExpiringCredentials> {
  const relative = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const name = relative
    ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    : "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  const context = { from: `the container's role (${name})` };
  const token = await readContainerToken(env, readTextFile, context);
  const { fromHttp } = await import("@aws-sdk/credential-providers");
  const limits = await startLimits();
  try {
    const provider = fromHttp({
      // An empty one is not looked up in the environment.
      awsContainerCredentialsRelativeUri: relative ?? "",
      awsContainerCredentialsFullUri: relative ? "" : full ?? "",
      awsContainerAuthorizationToken: token ?? "",
      awsContainerAuthorizationTokenFile: "",
      logger: SILENT,
    });
    return await provider();
  } catch (error) {
    if (limits.broken !== undefined) throw limits.broken;
    throw refuseSource(context, tameText(tellMachineFailure(error)), {
      hint:
        `check ${name}; a task without a task role has none, and gets one in its task definition`,
      cause: error,
    });
  }
}

async function readContainerToken(
  env: AwsDeps["env"],
  readTextFile: AwsDeps["readTextFile"],
  context: { readonly from: string },
): Promise<string | undefined> {
  const path = env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path) {
    try {
      return checkHeaderValue(
        await readTextFile(path),
        "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      );
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || !isOurs(error)) {
        throw refuseSource(
          context,
          `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: ${tellReadFailure(error)}`,
          { hint: "check the variable", cause: error },
        );
      }
      throw error;
    }
  }
  const token = env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  return token && checkHeaderValue(token, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === "PortholeError";
}

/**
 * Gets the credentials of the role that this EC2 instance has; undefined where this is not an
 * instance, or has no role.
 *
 * @throws {PortholeError} no_credentials for an answer that makes no sense.
 */
export async function getInstanceCredentials(): Promise<
  ExpiringCredentials | undefined
> {
  const { fromInstanceMetadata } = await import(
    "@aws-sdk/credential-providers"
  );
  const limits = await startLimits();
  try {
    return await fromInstanceMetadata({ logger: SILENT })();
  } catch (error) {
    if (limits.broken !== undefined) throw limits.broken;
    const { statusCode } = (error ?? {}) as { readonly statusCode?: number };
    const text = messageOf(error);
    if (
      statusCode === 404 || /unable to connect|timeout/i.test(text)
    ) return undefined;
    throw refuseSource(
      { from: "the instance's role" },
      tameText(
        statusCode === undefined
          ? text
          : `the instance metadata service answers ${statusCode}`,
      ),
      { cause: error },
    );
  }
}

/** What the SDK asks through node:http has limits of its own, which say what they broke at. */
async function startLimits(): Promise<{ broken?: Error }> {
  const { limitNodeRequests } = await import("./limit_node_requests.ts");
  const limits: { broken?: Error } = {};
  limitNodeRequests((endpoint, reason) => {
    limits.broken = explainEndpointError(
      new EndpointError("timed_out", endpoint, reason),
    );
  });
  return limits;
}

/** Without the layers of errors' names. */
function tellMachineFailure(error: unknown): string {
  return messageOf(error)
    .replace(/^(\w*Error: )+/, "")
    .replace(/^connect ECONNREFUSED .*/, "connection refused")
    .replace(/\s+/g, " ");
}
