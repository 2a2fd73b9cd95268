import type {
  AwsAccess,
  CallerIdentity,
  Verdict,
} from "../../access/access.ts";
import type { DoctorInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import {
  DIRECT_ACTION,
  NEEDED_ACTIONS,
  USEFUL_ACTIONS,
} from "../../diagnosis/checks/check_caller.ts";
import type {
  ClusterFacts,
  DoctorFacts,
  PluginFacts,
} from "../../diagnosis/doctor_facts.ts";
import { look, type Seen } from "../../diagnosis/seen.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { findPlugin } from "../../session/plugin/find_plugin.ts";
import { signsConnection, tryPlugin } from "../../session/plugin/try_plugin.ts";
import type { OpenedConfig } from "../../start/open_access.ts";
import type { DoctorTools } from "./doctor_tools.ts";
import { gatherTarget } from "./gather_target.ts";
import { limitAccess } from "./limit_access.ts";

/** Looks at everything side by side; what may not be looked at is part of the answer. */
export async function gatherFacts(
  invocation: DoctorInvocation,
  config: OpenedConfig,
  tools: DoctorTools,
): Promise<DoctorFacts> {
  const { deps } = tools.cancellation;
  const access = limitAccess(tools.access, deps);
  const name = nameOfArn(config.cluster.value);
  const identity = look(access.getCallerIdentity());
  const cluster = gatherCluster(access, config.cluster.value);
  const [callerVerdicts, plugin, clusterFacts, target] = await Promise.all([
    gatherVerdicts(access, await identity, {
      cluster: name,
      task: invocation.taskId ?? "*",
      container: invocation.container,
    }),
    gatherPlugin(config, deps),
    cluster,
    gatherTarget(invocation, config, {
      ...tools,
      access,
      settings: cluster.then(({ settings }) => settings),
    }),
  ]);
  return {
    region: access.region,
    profile: config.profile?.value,
    identity: await identity,
    callerVerdicts,
    plugin,
    cluster: { name, ...clusterFacts },
    target,
  };
}

async function gatherCluster(
  access: AwsAccess,
  cluster: string,
): Promise<Omit<ClusterFacts, "name">> {
  const settings = await look(access.describeExecSettings(cluster));
  const key = settings.kind === "seen" ? settings.value.kmsKeyId : undefined;
  return {
    settings,
    dataKey: key === undefined ? undefined : await look(access.tryDataKey(key)),
  };
}

async function gatherPlugin(
  { session }: OpenedConfig,
  deps: Deps,
): Promise<PluginFacts> {
  const find = async () => {
    const path = await findPlugin(deps);
    const version = await tryPlugin(path, deps);
    return { path, version, signs: signsConnection(version) };
  };
  return { session, found: await look(find()) };
}

/** Asks IAM about ourselves; the root of an account is not asked about, and may do everything. */
async function gatherVerdicts(
  access: AwsAccess,
  identity: Seen<CallerIdentity>,
  { cluster, task, container }: {
    readonly cluster: string;
    readonly task: string;
    readonly container: string | undefined;
  },
): Promise<Seen<readonly Verdict[]> | undefined> {
  if (identity.kind === "unseen") return undefined;
  const { arn, account } = identity.value;
  const [, partition = "aws"] = arn.split(":");
  const ecs = `arn:${partition}:ecs:${access.region}:${account}`;
  const ssm = `arn:${partition}:ssm:${access.region}:${account}`;
  const session = `${ssm}:session/ecs-execute-command-0123456789abcdef0`;
  const oneTask = `${ecs}:task/${cluster}/${task}`;
  const context = {
    "ecs:cluster": `${ecs}:cluster/${cluster}`,
    ...(container === undefined ? {} : { "ecs:container-name": container }),
  };
  const [exec, channel] = NEEDED_ACTIONS;
  const asks: readonly (readonly [
    actions: readonly string[],
    resources: readonly string[],
  ])[] = [
    [[exec], [`${ecs}:cluster/${cluster}`, oneTask]],
    [[channel], ["*"]],
    [USEFUL_ACTIONS, [session]],
    [[DIRECT_ACTION], [oneTask]],
  ];
  const simulate = async () => {
    const principal = await findPrincipal(access, identity.value);
    if (principal === undefined) {
      return asks.flatMap(([actions, resources]) =>
        actions.flatMap((action) =>
          resources.map((resource): Verdict => ({
            action,
            resource,
            kind: "allowed",
            missingKeys: [],
          }))
        )
      );
    }
    const answers = await Promise.all(
      asks.map(([actions, resources]) =>
        access.simulatePolicy(principal, actions, { resources, context })
      ),
    );
    return answers.flat();
  };
  return await look(simulate());
}

/** The user or role behind an identity, undefined for the root; a session's ARN names its role without a path. */
async function findPrincipal(
  access: AwsAccess,
  { arn, account }: CallerIdentity,
): Promise<string | undefined> {
  if (arn.endsWith(":root")) return undefined;
  const [, role] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined) return arn;
  const [, partition = "aws"] = arn.split(":");
  try {
    return await access.findRoleArn(role);
  } catch {
    // Where that may not be asked, most roles have no path.
    return `arn:${partition}:iam::${account}:role/${role}`;
  }
}
