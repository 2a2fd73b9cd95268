import type { EC2 } from "@aws-sdk/client-ec2";
import type {
  DescribeServicesCommandOutput,
  DescribeTaskDefinitionCommandOutput,
  DescribeTasksCommandOutput,
  ECS,
  RunTaskCommandInput,
} from "@aws-sdk/client-ecs";
import type { KMS } from "@aws-sdk/client-kms";
import type { SSM } from "@aws-sdk/client-ssm";
import { buildInfo } from "../build_info.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { AwsContext } from "./aws_context.ts";
import { explainAwsError } from "./explain_aws_error.ts";
import { LIMITS } from "./exchange.ts";
import { createCredentialFinder } from "./find_credentials.ts";
import { findConfiguredRegions } from "./find_configured_regions.ts";
import { loadSharedFiles } from "./load_shared_files.ts";
import { limitRetries } from "./limit_retries.ts";
import { readCaBundle } from "./read_ca_bundle.ts";
import { createSender } from "./send_request.ts";
import { type AwsCredentials, signUpgrade } from "./sign_upgrade.ts";
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

/** Where the SDK's clients get their settings from. */
export interface AwsSettings {
  readonly region: string | undefined;
  /** From `--profile`; AWS_PROFILE is read from the environment. */
  readonly profile: string | undefined;
  readonly env: Deps["env"];
  readonly readTextFile: Deps["readTextFile"];
  /** Told of every call to ECS, SSM, KMS and EC2, and of waits. */
  readonly watch?: CallWatch;
}

/** AWS, for one region and one identity. Nothing of the SDK is loaded before the first call. */
export interface Aws {
  readonly region: string;
  readonly ecs: () => Promise<ECS>;
  /** ECS in another region, without another try where it does not answer. */
  readonly ecsIn: (region: string) => Promise<ECS>;
  /** The regions that the AWS configuration names beside this one. */
  readonly otherRegions: () => Promise<readonly string[]>;
  readonly ssm: () => Promise<SSM>;
  readonly kms: () => Promise<KMS>;
  readonly ec2: () => Promise<EC2>;
  /** Rejects with PortholeError. `forceRefresh` asks the source again, for a server that refused them. */
  readonly credentials: (
    options?: { readonly forceRefresh?: boolean },
  ) => Promise<AwsCredentials>;
  /** The headers of a signed data-channel upgrade, by the clock AWS's answers have corrected. */
  readonly signUpgrade: (
    url: string,
    options?: { readonly forceRefresh?: boolean },
  ) => Promise<Record<string, string>>;
  /**
   * From now on nobody is told of waits, until the returned function is called: the terminal is a
   * session's.
   */
  readonly muteWaits: () => () => void;
  /** AWS_CA_BUNDLE's certificates (PEM), for connections that do not go through the SDK. */
  readonly caBundle: () => Promise<string | undefined>;
  /** The SSM endpoint, as AWS's plugin wants to be told it. */
  readonly ssmEndpoint: () => Promise<string>;
  /** Turns whatever a call rejected with into the one error to show. */
  readonly explain: (error: unknown, context: AwsContext) => PortholeError;
}

/** What all clients of the SDK have. */
interface SdkClient {
  readonly middlewareStack: object;
  readonly config: Pick<ECS["config"], "retryStrategy">;
}

/** What AWS_ENDPOINT_URL* or the profile's endpoint_url say; the SDK keeps it out of its types. */
interface ConfiguredEndpoint {
  readonly serviceConfiguredEndpoint?: () => Promise<string | undefined>;
}

/**
 * Attempts a call, throttled or cut off, before it counts as failed: the SDK waits between them
 * with full jitter, at most 1, 2, 4, 8 and 16 s when throttled. AWS_MAX_ATTEMPTS wins.
 */
const MAX_ATTEMPTS = 6;

/**
 * The door to AWS's APIs.
 *
 * @throws {PortholeError} no_region when no region is known.
 */
export function createAws(settings: AwsSettings): Aws {
  const { region, profile, env } = settings;
  if (!region) throw refuseMissingRegion();
  checkRegion(region);
  checkEndpoints(env);

  const caBundle = once(() => readCaBundle(env, settings.readTextFile));

  const clientSettings = once(async () => {
    // The SDK looks up a profile's endpoint_url by AWS_PROFILE alone.
    if (profile !== undefined) Deno.env.set("AWS_PROFILE", profile);
    const [pem, { FetchHttpHandler }] = await Promise.all([
      caBundle(),
      import("@smithy/fetch-http-handler"),
      loadSharedFiles(settings),
    ]);
    const send = createSender(
      pem ? { path: env("AWS_CA_BUNDLE") ?? "", pem } : undefined,
      undefined,
      env,
    );
    // The SDK's type for it is fetch's own; it only ever passes a Request.
    const requestHandler = new FetchHttpHandler({
      customFetch: send as typeof fetch,
    });
    return {
      region,
      requestHandler,
      ...(env("AWS_MAX_ATTEMPTS") ? {} : { maxAttempts: MAX_ATTEMPTS }),
      customUserAgent: [["porthole", buildInfo.version]] as [string, string][],
    };
  });

  let mutes = 0;
  const { watch } = settings;
  const watched = <C extends SdkClient>(client: C): C => {
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
    return client;
  };

  const ecs = once(async () => {
    const [shared, { ECS }] = await Promise.all([
      clientSettings(),
      import("@aws-sdk/client-ecs"),
    ]);
    const credentials = createCredentialFinder({
      env,
      profile,
      region,
      requestHandler: shared.requestHandler,
      readTextFile: settings.readTextFile,
    });
    return watched(new ECS({ ...shared, credentials }));
  });

  const ssm = once(async () => {
    const [shared, { SSM }, first] = await Promise.all([
      clientSettings(),
      import("@aws-sdk/client-ssm"),
      ecs(),
    ]);
    // One memory of the credentials for both: a second SSO or MFA round would be asked of the user.
    return watched(
      new SSM({ ...shared, credentials: first.config.credentials }),
    );
  });

  const kms = once(async () => {
    const [shared, { KMS }, first] = await Promise.all([
      clientSettings(),
      import("@aws-sdk/client-kms"),
      ecs(),
    ]);
    return watched(
      new KMS({ ...shared, credentials: first.config.credentials }),
    );
  });

  const ec2 = once(async () => {
    const [shared, { EC2 }, first] = await Promise.all([
      clientSettings(),
      import("@aws-sdk/client-ec2"),
      ecs(),
    ]);
    return watched(
      new EC2({ ...shared, credentials: first.config.credentials }),
    );
  });

  const explain = (error: unknown, context: AwsContext) =>
    explainAwsError(error, {
      region,
      profile: profile ?? env("AWS_PROFILE"),
      ...context,
    });

  const credentials: Aws["credentials"] = async (options = {}) => {
    try {
      return await (await ecs()).config.credentials(options);
    } catch (error) {
      throw explain(error, { doing: "get AWS credentials" });
    }
  };

  return {
    region,
    ecs,
    ecsIn: async (elsewhere) => {
      const [shared, { ECS }, first] = await Promise.all([
        clientSettings(),
        import("@aws-sdk/client-ecs"),
        ecs(),
      ]);
      return watched(
        new ECS({
          ...shared,
          region: elsewhere,
          maxAttempts: 1,
          credentials: first.config.credentials,
        }),
      );
    },
    otherRegions: async () =>
      (await findConfiguredRegions(settings)).filter((name) => name !== region),
    ssm,
    kms,
    ec2,
    credentials,
    signUpgrade: async (url, options) => {
      const { systemClockOffset } = (await ecs()).config;
      const now = new Date(Date.now() + systemClockOffset);
      return signUpgrade(url, {
        region,
        credentials: await credentials(options),
        now,
      });
    },
    muteWaits: () => {
      mutes++;
      let isOver = false;
      return () => {
        if (!isOver) mutes--;
        isOver = true;
      };
    },
    caBundle,
    ssmEndpoint: async () => {
      const { config } = await ssm();
      const configured = await (config as ConfiguredEndpoint)
        .serviceConfiguredEndpoint?.();
      if (configured) return configured.replace(/\/$/, "");
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
  return new PortholeError("no_region", "Cannot call AWS: no region is known", {
    hint:
      "name one with --region, AWS_REGION, `region:` in the configuration file, or in your AWS profile",
  });
}

/** The SDK makes a host name of it, and refuses what is none only when the first call is made. */
function checkRegion(region: string): void {
  if (/^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(region)) return;
  throw new PortholeError(
    "config_invalid",
    `Cannot use ${quoteValue(region)}: it is no name of a region`,
    {
      hint:
        "a region is written as us-east-1; check --region, AWS_REGION, `region:` in the configuration file, and your AWS profile",
    },
  );
}

function checkEndpoints(env: AwsSettings["env"]): void {
  for (const service of ["", "_ECS", "_SSM", "_KMS", "_EC2", "_STS"]) {
    const name = `AWS_ENDPOINT_URL${service}`;
    const value = env(name);
    if (!value || /^https?:$/.test(URL.parse(value)?.protocol ?? "")) continue;
    throw new PortholeError(
      "config_invalid",
      `Cannot use ${name}, ${quoteValue(value)}: it is no http address`,
      { hint: `write it as https://ecs.example.com, or unset ${name}` },
    );
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
