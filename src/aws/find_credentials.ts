import { checkKeys, type ExpiringCredentials } from "./check_keys.ts";
import { quoteValue } from "../quote_value.ts";
import { refuseSource } from "./explain_source_error.ts";
import type {
  CredentialSearch,
  CredentialSource,
} from "./credential_source.ts";
import { chooseCredentials, refuseNothing } from "./choose_credentials.ts";
import type { SourceTools } from "./source_tools.ts";

/**
 * Finds credentials where `chooseCredentials` says, each time it is called: the SDK keeps them until
 * they are about to expire.
 *
 * It rejects with PortholeError alone, which names the profile, who was asked and the remedy.
 */
export function createCredentialFinder(
  openSearch: () => Promise<{
    readonly search: CredentialSearch;
    readonly tools: SourceTools;
  }>,
  onSource: (source: CredentialSource) => void = () => {},
): () => Promise<ExpiringCredentials> {
  return async () => {
    const { search, tools } = await openSearch();
    const source = chooseCredentials(search);
    onSource(source);
    const found = await get(source, tools);
    if (found === undefined) throw refuseNothing(search);
    return found;
  };
}

/** Where credentials come from, for the log: nothing of what they are. */
export function describeOrigin(source: CredentialSource): string {
  const of = "profile" in source && source.profile !== undefined
    ? ` of profile ${quoteValue(source.profile)}`
    : "";
  switch (source.kind) {
    case "keys":
      return of === "" ? "keys of the environment" : `keys${of}`;
    case "assume_role":
      return `role ${quoteValue(source.roleArn)}${of}, by ${
        describeOrigin(source.source)
      }`;
    case "web_identity":
      return `role ${quoteValue(source.roleArn)}${of}, by a web identity`;
    case "sso":
      return `role ${quoteValue(source.roleName)} of IAM Identity Center${of}`;
    case "login":
      return `aws login${of}`;
    case "process":
      return `credential_process${of}`;
    case "container":
      return "the role of this container";
    case "instance":
      return "the role of this EC2 instance";
  }
}

/** How to get new credentials when AWS says that these have expired. */
export function describeRenewal(source: CredentialSource): string {
  switch (source.kind) {
    case "keys":
      return source.profile === undefined
        ? "get new ones, and set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again"
        : `put new keys into profile ${quoteValue(source.profile)}`;
    case "sso":
      return `run: aws sso login --profile ${source.profile}`;
    case "login":
      return `run: aws login --profile ${source.profile}`;
    case "assume_role":
      return describeRenewal(source.source);
    default:
      return "start porthole again, which gets new ones";
  }
}

/** Undefined where this machine turns out to have none. */
async function get(
  source: CredentialSource,
  tools: SourceTools,
): Promise<ExpiringCredentials | undefined> {
  const keys = await ask(source, tools);
  return keys && checkKeys(keys, nameKeys(source));
}

async function ask(
  source: CredentialSource,
  tools: SourceTools,
): Promise<ExpiringCredentials | undefined> {
  switch (source.kind) {
    case "keys":
      return source.keys;
    case "assume_role": {
      const { assumeRole } = await import("./get_role_credentials.ts");
      const first = await get(source.source, tools);
      if (first === undefined) {
        throw refuseSource(
          { profile: source.profile, from: "STS" },
          "this machine is not an EC2 instance with a role, which its credential_source is",
          { hint: "choose a profile with another source" },
        );
      }
      return await assumeRole(source, first, tools);
    }
    case "web_identity": {
      const { assumeRoleWithWebIdentity } = await import(
        "./get_role_credentials.ts"
      );
      return await assumeRoleWithWebIdentity(source, tools);
    }
    case "sso": {
      const { getSsoCredentials } = await import("./get_sso_credentials.ts");
      return await getSsoCredentials(source, tools);
    }
    case "login": {
      const { getLoginCredentials } = await import(
        "./get_login_credentials.ts"
      );
      return await getLoginCredentials(source, tools);
    }
    case "process": {
      const { runCredentialProcess } = await import(
        "./run_credential_process.ts"
      );
      return await runCredentialProcess(source, tools.deps);
    }
    case "container": {
      const { getContainerCredentials } = await import(
        "./get_machine_credentials.ts"
      );
      return await getContainerCredentials(tools.deps);
    }
    case "instance": {
      const { getInstanceCredentials } = await import(
        "./get_machine_credentials.ts"
      );
      return await getInstanceCredentials();
    }
  }
}

/** What the parts of a source's credentials are called in an error. */
function nameKeys(source: CredentialSource) {
  const where = "profile" in source && source.profile !== undefined
    ? `profile ${quoteValue(source.profile)}`
    : source.kind === "container"
    ? "the container's role"
    : "the instance's role";
  return {
    accessKeyId: `the access key of ${where}`,
    secretAccessKey: `the secret key of ${where}`,
    sessionToken: `the session token of ${where}`,
  };
}
