import { present } from "../present.ts";
import { hideUserInfo } from "../hide_user_info.ts";
import type { Directory, TaskSummary } from "../access/access.ts";
import type {
  CompleteInvocation,
  CompletionKind,
  SharedFlags,
} from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { nameOfArn } from "../name_of_arn.ts";
import {
  type Candidate,
  openCompletionCache,
} from "../state/completion_cache.ts";
import { orderTasks, serviceOf } from "../target/target.ts";
import {
  asksRack,
  openAws,
  type OpenedConfig,
  readConfig,
} from "../start/open_access.ts";
import { toLine } from "../quote_value.ts";
import { within } from "../within.ts";
import { listProfiles, listRegions } from "./complete_aws_names.ts";

/** What knows names, of tasks as little as a list needs. */
type Names = Pick<
  Directory<TaskSummary>,
  "region" | "listClusters" | "listServices" | "listTasks" | "describeTask"
>;

/** How long a look-up in the background may take. */
const PATIENCE = "10s";

/**
 * Answers a shell that completes a word: a line for each candidate, `VALUE<TAB>DESCRIPTION`. What is
 * not known within `limitMs`, or the `--timeout` that is typed, is nothing; but then it is looked for
 * in the background, so that the next question finds it in the cache. Not where a file or a program is
 * what was waited for: what hangs there would hang again.
 *
 * @throws whatever stands in the way; the caller keeps it from the user, who is typing.
 */
export async function complete(
  invocation: CompleteInvocation,
  limitMs: number,
  deps: Deps,
): Promise<string> {
  const { typed, shared: { timeoutMs } } = invocation;
  const own = timeoutMs?.source.kind === "flag" ? timeoutMs.value : undefined;
  const watched = watchHangs(deps);
  const found = findCandidates(invocation, watched.deps);
  // An answer that comes too late is not printed: the shell has gone on.
  found.catch(() => {});
  const candidates = await within(own ?? limitMs, found, deps);
  if (candidates === undefined && own === undefined && !watched.hangs()) {
    await askOn(typed, deps);
  }
  return renderCandidates(candidates ?? []);
}

/** Whether a file is still being read, or a program that answers has not ended. */
function watchHangs(
  deps: Deps,
): { readonly deps: Deps; readonly hangs: () => boolean } {
  let pending = 0;
  const watch = <T>(work: Promise<T>): Promise<T> => {
    pending++;
    return work.finally(() => pending--);
  };
  return {
    deps: {
      ...deps,
      readTextFile: (...args) => watch(deps.readTextFile(...args)),
      spawn: (options) => {
        const child = deps.spawn(options);
        watch(child.exit).catch(() => {});
        return child;
      },
    },
    hangs: () => pending > 0,
  };
}

/**
 * Leaves the question to a program of its own, which outlives this one by ten seconds at most. One at a
 * time: a key that is held down repeats.
 */
async function askOn(typed: readonly string[], deps: Deps): Promise<void> {
  const { programPath, spawn } = deps;
  if (programPath === undefined) return;
  const cache = openCompletionCache(deps);
  if (!await cache.claim(JSON.stringify(typed))) return;
  spawn({
    command: programPath,
    args: [...typed, "--timeout", PATIENCE],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    detached: true,
    outlives: true,
  });
}

async function findCandidates(
  invocation: CompleteInvocation,
  deps: Deps,
): Promise<readonly Candidate[]> {
  switch (invocation.candidates) {
    // Neither the project's configuration nor AWS is asked for these.
    case "profiles":
      return await listProfiles(deps);
    case "regions":
      return await listRegions(deps);
    default:
      return await findInEcs(invocation, invocation.candidates, deps);
  }
}

async function findInEcs(
  invocation: CompleteInvocation,
  candidates: EcsKind,
  deps: Deps,
): Promise<readonly Candidate[]> {
  // No question and no message: the user is typing.
  const shared: SharedFlags = {
    ...invocation.shared,
    quiet: { value: true, source: { kind: "default" } },
    noInput: true,
  };
  const read = await readConfig({ shared }, deps, SILENT);
  const { config, access } = await openDirectory(read, shared, deps);
  const cache = openCompletionCache(deps);
  const look = async (question: Question) => {
    const key = JSON.stringify([
      access.region,
      ...identify(config, deps),
      question,
    ]);
    const known = await cache.read(key);
    if (known !== undefined) return known;
    const found = await ask(question, access);
    await cache.write(key, found);
    return found;
  };
  const place = {
    cluster: config.cluster.value,
    ...present({ service: config.service?.value }),
  };
  if (candidates === "targets") {
    return await findTargets(invocation.prefix, place.cluster, look);
  }
  const { taskId } = invocation;
  return await look({
    kind: candidates,
    ...place,
    ...(candidates === "containers" && present({ taskId })),
  });
}

/**
 * What a TARGET can become: a service, for a cluster that is begun `CLUSTER/`, and where nothing else
 * begins so a task's id.
 */
async function findTargets(
  begun: string,
  cluster: string,
  look: (question: Question) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const slash = begun.indexOf("/");
  if (slash >= 0) {
    const found = await look({
      kind: "services",
      cluster: begun.slice(0, slash),
    });
    return found.map(({ value, description }) => ({
      value: `${begun.slice(0, slash)}/${value}`,
      description,
    }));
  }
  // Without the right to list the ones, the others are offered.
  const tryLook = (kind: Question["kind"]) =>
    look({ kind, cluster }).catch(() => []);
  const [services, clusters] = await Promise.all([
    tryLook("services"),
    tryLook("clusters"),
  ]);
  const names = [
    ...services,
    ...clusters.map(({ value }) => ({
      value: `${value}/`,
      description: "cluster",
    })),
  ];
  const canBeTask = /^[0-9a-f][0-9a-f-]*$/.test(begun) &&
    !names.some(({ value }) => value.startsWith(begun));
  if (!canBeTask) return names;
  // A rack's shorter ids are no TARGETs.
  return (await tryLook("tasks")).filter(({ value }) => value.length >= 32);
}

/** What knows the names, and the configuration with what only it can say. */
async function openDirectory(
  config: OpenedConfig,
  shared: SharedFlags,
  deps: Deps,
): Promise<{ readonly config: Config; readonly access: Names }> {
  if (asksRack(config)) {
    const { openRackNames } = await import("./rack/open_rack_names.ts");
    return await openRackNames(config, deps);
  }
  return { config, access: openAws(config, shared, deps, SILENT) };
}

/** What there is in ECS, one kind at a time but for TARGETs. */
type EcsKind = Exclude<CompletionKind, "profiles" | "regions">;

/** What is looked for, and where. */
interface Question {
  readonly kind: Exclude<EcsKind, "targets">;
  readonly cluster: string;
  readonly service?: string;
  readonly taskId?: string;
}

/**
 * Whose answers they are. Not by the credentials themselves: looking them up takes longer than there
 * is time; what selects them changes as often.
 */
function identify(
  { profile, rack }: Config,
  { env }: Pick<Deps, "env">,
): readonly (string | undefined)[] {
  const variables = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ECS",
  ];
  return [
    profile?.value,
    // A URL from the environment may hold a password.
    rack && hideUserInfo(rack.value),
    ...variables.map((name) => env(name) ?? ""),
  ];
}

async function ask(
  { kind, cluster, service, taskId }: Question,
  access: Names,
): Promise<readonly Candidate[]> {
  switch (kind) {
    case "clusters":
      return listNames(await access.listClusters());
    case "services":
      return listNames(await access.listServices(cluster));
    case "tasks":
      return orderTasks(await access.listTasks(cluster, service, "RUNNING"))
        .map((task) => ({ value: task.id, description: describeTask(task) }));
    case "containers": {
      const tasks = taskId === undefined
        ? await access.listTasks(cluster, service, "RUNNING")
        : [await access.describeTask(cluster, taskId)];
      const names = tasks.flatMap((task) =>
        (task?.containers ?? []).map(({ name }) => name)
      );
      return listNames(names);
    }
  }
}

function describeTask(task: TaskSummary): string {
  return [
    serviceOf(task),
    task.taskDefinitionArn && nameOfArn(task.taskDefinitionArn),
    task.availabilityZone,
  ]
    .filter(Boolean).join(" ");
}

function listNames(names: readonly string[]): readonly Candidate[] {
  return [...new Set(names)].sort()
    .map((value) => ({ value, description: "" }));
}

function renderCandidates(candidates: readonly Candidate[]): string {
  return candidates.map(({ value, description }) =>
    `${toLine(value)}\t${toLine(description)}\n`
  ).join("");
}

const SILENT: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  withPrefix: () => SILENT,
  hush: () => {},
  isQuiet: () => false,
};
