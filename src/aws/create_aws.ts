import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type {
  DescribeNetworkAclsCommandOutput,
  DescribeRouteTablesCommandOutput,
  DescribeSecurityGroupsCommandOutput,
  DescribeVpcEndpointsCommandOutput,
  EC2,
} from "@aws-sdk/client-ec2";
import type {
  DescribeServicesCommandOutput,
  DescribeTaskDefinitionCommandOutput,
  DescribeTasksCommandOutput,
  ECS,
  RunTaskCommandInput,
} from "@aws-sdk/client-ecs";
import type {
  IAM,
  SimulatePrincipalPolicyCommandOutput,
} from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { AwsDeps } from "./aws_deps.ts";
import {
  type AwsService,
  checkEndpoint,
  type ClientSettings,
  findEndpoint,
  readClientSettings,
} from "./client_settings.ts";
import type { AwsContext } from "./aws_context.ts";
import { explainAwsError } from "./explain_aws_error.ts";
import { LIMITS } from "./exchange.ts";
import { limitRetries } from "./limit_retries.ts";
import {
  createCredentialFinder,
  describeOrigin,
  describeRenewal,
} from "./find_credentials.ts";
import { findConfiguredRegions } from "./find_configured_regions.ts";
import { findProfile } from "./choose_credentials.ts";
import { type AwsFiles, keepFromSdk, readAwsFiles } from "./read_aws_files.ts";
import { readCaBundle } from "./read_ca_bundle.ts";
import { readProfileVariable } from "./select_profile.ts";
import { createSender } from "./send_request.ts";
import {
  type AwsCredentials,
  presignUpgrade,
  signUpgrade,
} from "./sign_upgrade.ts";
import { type CallWatch, watchCalls } from "./watch_calls.ts";

/** One task as DescribeTasks answers it. */
export type EcsTask = NonNullable<DescribeTasksCommandOutput["tasks"]>[number];

/** One service as DescribeServices answers it. */
export type EcsService = NonNullable<
  DescribeServicesCommandOutput["services"]
>[number];

/** What RunTask lays over a task definition. */
export type EcsTaskOverride = NonNullable<RunTaskCommandInput["overrides"]>;

/** What RunTask lays over one container of it. */
export type EcsContainerOverride = NonNullable<
  EcsTaskOverride["containerOverrides"]
>[number];

/** A task definition as DescribeTaskDefinition answers it. */
export type EcsTaskDefinition = NonNullable<
  DescribeTaskDefinitionCommandOutput["taskDefinition"]
>;

/** A route table as DescribeRouteTables answers it. */
export type Ec2RouteTable = NonNullable<
  DescribeRouteTablesCommandOutput["RouteTables"]
>[number];

/** A VPC endpoint as DescribeVpcEndpoints answers it. */
export type Ec2VpcEndpoint = NonNullable<
  DescribeVpcEndpointsCommandOutput["VpcEndpoints"]
>[number];

/** A network ACL as DescribeNetworkAcls answers it. */
export type Ec2NetworkAcl = NonNullable<
  DescribeNetworkAclsCommandOutput["NetworkAcls"]
>[number];

/** A security group as DescribeSecurityGroups answers it. */
export type Ec2SecurityGroup = NonNullable<
  DescribeSecurityGroupsCommandOutput["SecurityGroups"]
>[number];

/** One evaluation of SimulatePrincipalPolicy. */
export type IamEvaluation = NonNullable<
  SimulatePrincipalPolicyCommandOutput["EvaluationResults"]
>[number];

/** Where the SDK's clients get their settings from. */
export interface AwsSettings extends AwsDeps {
  readonly region: string | undefined;
  /** Where the region comes from, if it may hold what is not for showing: a file's template. */
  readonly regionSource?: string | undefined;
  /** From `--profile`; the variables are read from the environment, whose keys come before theirs. */
  readonly profile: string | undefined;
  /** What was read of the AWS configuration; read at the first use where it is absent. */
  readonly files?: AwsFiles | undefined;
  /** A role to assume with the credentials that are found: all calls are then made as it. */
  readonly role?: NamedRole | undefined;
  /** Told of every call but those for credentials, and of waits. */
  readonly watch?: CallWatch;
}

/** A role that is assumed in somebody's name. */
export interface NamedRole {
  readonly roleArn: string;
  /** RoleSessionName and SourceIdentity, by which CloudTrail names them. */
  readonly name: string;
}

/** The SDK's clients. */
interface Clients {
  readonly ecs: ECS;
  readonly ssm: SSM;
  readonly kms: KMS;
  readonly ec2: EC2;
  readonly logs: CloudWatchLogs;
  readonly sts: STS;
  readonly iam: IAM;
}

/** A client's method, which the SDK also has with callbacks. */
type OperationFor<F> = F extends {
  (input: infer I, options?: infer _): Promise<infer R>;
  // deno-lint-ignore no-explicit-any
  (input: any, callback: any): void;
  // deno-lint-ignore no-explicit-any
  (input: any, options: any, callback: any): void;
} ? { readonly input: I; readonly output: R }
  : never;

/** The commands that are in the binary, by the names of the operations. */
interface Commands {
  readonly ecs: typeof import("./clients/ecs.ts").commands;
  readonly ssm: typeof import("./clients/ssm.ts").commands;
  readonly kms: typeof import("./clients/kms.ts").commands;
  readonly ec2: typeof import("./clients/ec2.ts").commands;
  readonly logs: typeof import("./clients/logs.ts").commands;
  readonly sts: typeof import("./clients/sts.ts").commands;
  readonly iam: typeof import("./clients/iam.ts").commands;
}

/** What a service can be asked. */
type OperationOf<S extends keyof Clients> =
  & keyof Commands[S]
  & keyof Clients[S];

/** What an operation takes and answers. */
type Operation<S extends keyof Clients, O extends keyof Clients[S]> =
  OperationFor<Clients[S][O]>;

/** AWS, for one region and one identity. Nothing of the SDK is loaded before the first call. */
export interface Aws {
  readonly region: string;
  /**
   * Makes one call; every call of porthole's goes through here. Only ECS and CloudWatch Logs are asked
   * in other regions, and ECS there not again where it does not answer.
   *
   * Rejects with PortholeError: what AWS refused, explained by the context.
   */
  readonly call: <S extends keyof Clients, O extends OperationOf<S>>(
    service: S,
    operation: O,
    input: Operation<S, O>["input"],
    context: AwsContext,
    options?: { readonly region?: string; readonly abortSignal?: AbortSignal },
  ) => Promise<Operation<S, O>["output"]>;
  /** The regions that the AWS configuration names beside this one. */
  readonly otherRegions: () => Promise<readonly string[]>;
  /** Rejects with PortholeError. `forceRefresh` asks the source again, for a server that refused them. */
  readonly credentials: (
    options?: { readonly forceRefresh?: boolean },
  ) => Promise<AwsCredentials>;
  /** The headers of a signed data-channel upgrade, by the clock AWS's answers have corrected. */
  readonly signUpgrade: (
    url: string,
    options?: { readonly forceRefresh?: boolean },
  ) => Promise<Record<string, string>>;
  /** The stream URL with a signature in its query, good for so many seconds. */
  readonly presignUpgrade: (url: string, seconds: number) => Promise<string>;
  /**
   * From now on nobody is told of waits, until the returned function is called: the terminal is a
   * session's.
   */
  readonly muteWaits: () => () => void;
  /** AWS_CA_BUNDLE's or the profile's certificates (PEM), for connections that do not go through the SDK. */
  readonly caBundle: () => Promise<string | undefined>;
  /** The SSM endpoint, in the form that AWS's plugin expects. */
  readonly ssmEndpoint: () => Promise<string>;
  /** Turns whatever a call rejected with into the one error to show. */
  readonly explain: (error: unknown, context: AwsContext) => PortholeError;
}

/** What all clients of the SDK have. */
interface SdkClient {
  readonly middlewareStack: object;
  readonly config: Pick<ECS["config"], "retryStrategy">;
}

/** A file of `clients/`. */
interface ClientModule<C, Commands, Settings> {
  readonly Client: new (settings: Settings) => C;
  readonly commands: Commands;
}

/** A client and its commands, whichever service's; `call` has the types of each. */
interface OpenClient {
  readonly client: {
    readonly send: (
      // deno-lint-ignore no-explicit-any
      command: any,
      options?: { readonly abortSignal: AbortSignal },
    ) => Promise<unknown>;
  };
  readonly commands: Readonly<
    // deno-lint-ignore no-explicit-any
    Record<string, new (input: any) => unknown>
  >;
}

/** What the clients are made with that share the credentials of the first. */
type OtherSettings = ClientSettings & {
  readonly credentials: ECS["config"]["credentials"];
};

/**
 * The door to AWS's APIs.
 *
 * @throws {PortholeError} no_region when no region is set.
 */
export function createAws(settings: AwsSettings): Aws {
  const { region, profile, env } = settings;
  if (!region) throw refuseMissingRegion();
  checkRegion(region, settings.regionSource);
  checkEndpoints(env);

  const named = profile === undefined
    ? readProfileVariable(env)
    : { name: profile, by: "--profile" };

  let mutes = 0;
  let renewal: string | undefined;
  const { watch, mfa } = settings;
  const muteWaits = () => {
    mutes++;
    let isOver = false;
    return () => {
      if (!isOver) mutes--;
      isOver = true;
    };
  };
  const deps: AwsDeps = {
    ...settings,
    mfa: mfa && {
      ...mfa,
      async askCode(device) {
        // The question stands in the line where a wait would be shown.
        const unmute = muteWaits();
        try {
          return await mfa.askCode(device);
        } finally {
          unmute();
        }
      },
    },
  };

  const configuration = once(async () => {
    const files = settings.files ?? await readAwsFiles(settings);
    await keepFromSdk(files);
    const search = { env, profile: named, files };
    return { search, source: { ...search, profile: findProfile(search) } };
  });

  const caBundle = once(async () => {
    const { source } = await configuration();
    return await readCaBundle(env, settings.readTextFile, source.profile);
  });

  const clients = once(async () => {
    const [{ search, source }, bundle, { FetchHttpHandler }] = await Promise
      .all([
        configuration(),
        caBundle(),
        import("@smithy/fetch-http-handler"),
      ]);
    const send = createSender(bundle, undefined, env);
    // The SDK's type for it is fetch's own; it only ever passes a Request.
    const requestHandler = new FetchHttpHandler({
      customFetch: send as typeof fetch,
    });
    const clientSettings = (service: AwsService, region: string) =>
      readClientSettings(service, source, { region, requestHandler });
    return { search, tools: { deps, region, clientSettings } };
  });

  const settingsFor = async (service: AwsService) =>
    (await clients()).tools.clientSettings(service, region);

  /** Makes a client, and keeps with it what it can be asked. */
  const open = <C extends SdkClient, Commands, Settings>(
    { Client, commands }: ClientModule<C, Commands, Settings>,
    settings: Settings,
  ) => {
    const client = new Client(settings);
    const { config } = client;
    const own = config.retryStrategy;
    config.retryStrategy = async () =>
      limitRetries(await own(), LIMITS.totalMs);
    if (watch !== undefined) {
      watchCalls(client, {
        ...watch,
        onWait: (wait) => mutes === 0 && watch.onWait(wait),
      });
    }
    return { client, commands };
  };

  const ecs = once(async () => {
    const [shared, module] = await Promise.all([
      settingsFor("ecs"),
      import("./clients/ecs.ts"),
    ]);
    const credentials = createCredentialFinder(
      clients,
      (source) => {
        renewal = describeRenewal(source);
        watch?.onCredentials?.(describeOrigin(source));
      },
    );
    const { role } = settings;
    return open(module, {
      ...shared,
      credentials: role === undefined ? credentials : async () => {
        const { assumeNamedRole } = await import("./get_role_credentials.ts");
        const { tools } = await clients();
        return await assumeNamedRole(role, await credentials(), tools);
      },
    });
  });

  // One memory of the credentials for all: a second SSO or MFA round would be asked of the user.
  const sharedCredentials = async () => (await ecs()).client.config.credentials;

  const other = <C extends SdkClient, Commands>(
    service: AwsService,
    load: () => Promise<ClientModule<C, Commands, OtherSettings>>,
  ) =>
    once(async () => {
      const [shared, module, credentials] = await Promise.all([
        settingsFor(service),
        load(),
        sharedCredentials(),
      ]);
      return open(module, { ...shared, credentials });
    });

  const ssm = other("ssm", () => import("./clients/ssm.ts"));
  const kms = other("kms", () => import("./clients/kms.ts"));
  const ec2 = other("ec2", () => import("./clients/ec2.ts"));
  const sts = other("sts", () => import("./clients/sts.ts"));
  const iam = other("iam", () => import("./clients/iam.ts"));

  const logsIn = async (where: string) => {
    const [{ tools }, module, credentials] = await Promise.all([
      clients(),
      import("./clients/logs.ts"),
      sharedCredentials(),
    ]);
    return open(module, {
      ...tools.clientSettings("cloudwatch_logs", where),
      credentials,
    });
  };

  const logs = once(() => logsIn(region));

  /** Log groups can be in regions of their own. */
  const logsElsewhere = new Map<string, () => ReturnType<typeof logsIn>>();

  const clientOf = { ecs, ssm, kms, ec2, sts, iam, logs };

  const clientIn = (
    service: keyof Clients,
    where: string | undefined,
  ): Promise<OpenClient> => {
    if (where === undefined || where === region) return clientOf[service]();
    if (service !== "logs") return ecsIn(where);
    checkRegion(where, "the container's log options");
    const made = logsElsewhere.get(where) ?? once(() => logsIn(where));
    logsElsewhere.set(where, made);
    return made();
  };

  const ecsIn = async (elsewhere: string) => {
    const [{ tools }, module, credentials] = await Promise.all([
      clients(),
      import("./clients/ecs.ts"),
      sharedCredentials(),
    ]);
    return open(module, {
      ...tools.clientSettings("ecs", elsewhere),
      maxAttempts: 1,
      credentials,
    });
  };

  const explain = (error: unknown, context: AwsContext) =>
    explainAwsError(error, {
      region,
      profile: named?.name,
      renewal,
      ...context,
    });

  const credentials: Aws["credentials"] = async (options = {}) => {
    try {
      return await (await ecs()).client.config.credentials(options);
    } catch (error) {
      throw explain(error, { doing: "get AWS credentials" });
    }
  };

  const findSigner = async (options?: { readonly forceRefresh?: boolean }) => {
    const { systemClockOffset, sha256 } = (await ecs()).client.config;
    return {
      region,
      credentials: await credentials(options),
      now: new Date(Date.now() + systemClockOffset),
      sha256,
    };
  };

  return {
    region,
    call: async (service, operation, input, context, options = {}) => {
      const { region: elsewhere, abortSignal } = options;
      try {
        const { client, commands } = await clientIn(service, elsewhere);
        const Command = commands[operation as string]!;
        return await client.send(
          new Command(input),
          abortSignal && { abortSignal },
        ) as never;
      } catch (error) {
        throw explain(error, context);
      }
    },
    otherRegions: async () =>
      findConfiguredRegions(
        (await configuration()).search.files,
        env,
      ).filter((name) => name !== region),
    credentials,
    signUpgrade: async (url, options) =>
      await signUpgrade(url, await findSigner(options)),
    presignUpgrade: async (url, seconds) =>
      await presignUpgrade(url, await findSigner(), seconds),
    muteWaits,
    caBundle: async () => (await caBundle())?.pem,
    ssmEndpoint: async () => {
      const { source } = await configuration();
      const configured = findEndpoint("ssm", source);
      if (configured) return configured.replace(/\/$/, "");
      const { config } = (await ssm()).client;
      const { url } = config.endpointProvider({
        Region: region,
        UseDualStack: await config.useDualstackEndpoint(),
        UseFIPS: await config.useFipsEndpoint(),
      });
      return url.origin;
    },
    explain,
  };
}

function refuseMissingRegion(): PortholeError {
  return new PortholeError("no_region", "Cannot call AWS: no region is set", {
    hint:
      "name one with --region, AWS_REGION, `region:` in the configuration file, or in your AWS profile",
  });
}

/** The SDK makes a host name of it, and refuses what is none only when the first call is made. */
function checkRegion(region: string, source: string | undefined): void {
  if (/^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(region)) return;
  throw new PortholeError(
    "config_invalid",
    source === undefined
      ? `Cannot use ${quoteValue(region)}: it is not the name of a region`
      : `Cannot use the region of ${source}: it is not the name of a region`,
    {
      hint:
        "a region is written as us-east-1; check --region, AWS_REGION, `region:` in the configuration file, and your AWS profile",
    },
  );
}

const SERVICES = [
  "ecs",
  "ssm",
  "kms",
  "ec2",
  "cloudwatch_logs",
  "sts",
  "iam",
  "sso",
  "sso_oidc",
  "signin",
] as const satisfies readonly AwsService[];

function checkEndpoints(env: AwsSettings["env"]): void {
  const names = SERVICES.map((service) =>
    `AWS_ENDPOINT_URL_${service.toUpperCase()}`
  );
  for (const name of ["AWS_ENDPOINT_URL", ...names]) {
    const value = env(name);
    if (value) checkEndpoint(value, name, `unset ${name}`);
  }
}

/** Calls `make` at the first use and remembers its promise, unless it failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
