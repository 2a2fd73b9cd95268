import type {
  Definitions,
  Directory,
  ServiceSummary,
  TaggedTask,
  TaggedTasks,
  TaskDefinition,
} from "../../access/access.ts";
import { accountOfArn } from "../../account_of_arn.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { refuseUnseen } from "../refusal.ts";
import { RUN_TAGS } from "../sessions/session_ports.ts";
import type { OwnPlace } from "../settings/settings_port.ts";
import { allows, reaches, type Scope } from "../users/scope.ts";
import { shareFor } from "./share_for.ts";

/** Who looks, and what their token lets them see. */
export interface Viewer {
  /** The token's id. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** A task that a viewer may see. */
export interface SeenTask {
  readonly task: TaggedTask;
  /** Of a task that was run, the service it was run like. */
  readonly service: string;
  /** No service has it: the viewer has run it. */
  readonly isRun: boolean;
}

/** What a viewer can find out. */
export interface LookUp {
  /** The apps that the viewer's scopes reach. */
  listApps(viewer: Viewer): readonly string[];
  /** Rejects with the one refusal where there is no such app for the viewer. */
  listServices(
    viewer: Viewer,
    app: string,
  ): Promise<readonly ServiceSummary[]>;
  /** Rejects with the one refusal where there is no such service for the viewer; by verb. */
  findService(
    viewer: Viewer,
    verb: Scope["verb"],
    app: string,
    service: string,
  ): Promise<string>;
  listTasks(viewer: Viewer, app: string): Promise<readonly SeenTask[]>;
  /**
   * A task by the last 12 characters of its id, or all of it. The same calls in the same order, no matter who asks and
   * whatever there is; rejects with the one refusal for what is foreign, absent or ambiguous.
   */
  findTask(viewer: Viewer, app: string, pid: string): Promise<SeenTask>;
  /** A task of an app has just been started: what was read before does not have it. */
  noteStart(app: string): void;
}

/** What looking up needs. */
export interface LookUpDeps {
  /** `--name`: whose tasks count as run. */
  readonly rack: string;
  /** The clusters that are served. */
  readonly apps: readonly string[];
  readonly access:
    & Pick<Directory, "listServices" | "describeServices">
    & Pick<Definitions, "describeTaskDefinition">
    & TaggedTasks;
  readonly findOwn: () => Promise<OwnPlace>;
  readonly now: () => Date;
}

const SHARED_MS = 2_000;
/** The last characters of a task's id, or all of it: 32 digits, or a UUID of older tasks. */
const PID =
  /^([0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** Task definitions that are remembered: one that is registered never changes. */
const MOST_DEFINITIONS = 2_000;

/** Stopped tasks of a cluster that are looked at. */
const MOST_STOPPED = 300;

/** The tasks of a cluster, but for those that run with a role of the rack's; of those that stopped, the rack's runs. */
type Snapshot = readonly TaggedTask[];

/** Looks things up for those who ask the rack. */
export function createLookUp(deps: LookUpDeps): LookUp {
  const { access, now, rack } = deps;
  const definitions = new Map<string, Promise<TaskDefinition>>();

  function definitionOf(taskDefinitionArn: string): Promise<TaskDefinition> {
    const known = definitions.get(taskDefinitionArn);
    if (known !== undefined) return known;
    if (definitions.size >= MOST_DEFINITIONS) definitions.clear();
    const asked = access.describeTaskDefinition(taskDefinitionArn);
    definitions.set(taskDefinitionArn, asked);
    asked.catch(() => definitions.delete(taskDefinitionArn));
    return asked;
  }

  /** Its containers in the order of its definition, as exec takes the first: ECS tells them in any. */
  async function orderContainers(task: TaggedTask): Promise<TaggedTask> {
    const definition = await definitionOf(task.taskDefinitionArn)
      .catch(() => undefined);
    const names = definition?.containers.map(({ name }) => name) ?? [];
    const placeOf = (name: string) =>
      names.includes(name) ? names.indexOf(name) : names.length;
    return {
      ...task,
      containers: task.containers.toSorted((a, b) =>
        placeOf(a.name) - placeOf(b.name)
      ),
    };
  }

  const findOwn = shareFor(SHARED_MS, now, () => deps.findOwn());

  /** Whether a task with this role may be a target: none of the rack's own. */
  async function isTarget(
    taskDefinitionArn: string,
    override?: string,
  ): Promise<boolean> {
    const own = await findOwn("");
    // A definition that cannot be read may have any role.
    const role = override ??
      await definitionOf(taskDefinitionArn)
        .then(({ taskRoleArn }) => taskRoleArn, () => null);
    return role !== null && !isRoleOf(own, role);
  }

  const readSnapshot = shareFor(SHARED_MS, now, async (app) => {
    const [ids, stopped] = await Promise.all([
      access.listTaskIds(app),
      access.listStoppedTaskIds(app),
    ]);
    // One may have stopped between the two lists.
    const described = await access.describeTaggedTasks(app, [
      ...new Set([...ids, ...stopped.slice(0, MOST_STOPPED)]),
    ]);
    // Whoever has run a task hears how it ended.
    const tasks = described.filter((task) =>
      !hasStopped(task) || task.tags.get(RUN_TAGS.rack) === rack
    );
    const own = await findOwn("");
    const verdicts = await Promise.all(
      tasks.map(async (task) =>
        await isTarget(task.taskDefinitionArn, task.taskRoleOverride) &&
        !(isIn(own, app) && guessService(task) === own.service)
      ),
    );
    const kept: Snapshot = await Promise.all(
      tasks.filter((_, at) => verdicts[at]).map(orderContainers),
    );
    return kept;
  });

  const listConfirmed = shareFor(SHARED_MS, now, async (key) => {
    const [app = "", service = ""] = key.split("/");
    try {
      return new Set(await access.listTaskIds(app, service));
    } catch (error) {
      if (
        error instanceof PortholeError && error.code === "service_not_found"
      ) return new Set<string>();
      throw error;
    }
  });

  const isOwnService = async (app: string, service: string) => {
    const own = await findOwn("");
    return isIn(own, app) && own.service === service;
  };

  /** The service whose task it is, or was run like; undefined for what the viewer may not see. */
  async function judge(
    viewer: Viewer,
    app: string,
    task: TaggedTask,
    confirmed: ReadonlySet<string>,
  ): Promise<SeenTask | undefined> {
    const guess = guessService(task);
    if (guess !== undefined && confirmed.has(task.id)) {
      const isSeen = allows(viewer.scopes, "list", app, guess) &&
        !await isOwnService(app, guess);
      return isSeen ? { task, service: guess, isRun: false } : undefined;
    }
    // Tags count only on what no service has: those who may tag a service's tasks are others.
    if (guess !== undefined || task.startedBy?.startsWith("ecs-svc/")) {
      return undefined;
    }
    const service = task.tags.get(RUN_TAGS.service) ?? "";
    const isOwn = task.tags.get(RUN_TAGS.rack) === rack &&
      task.tags.get(RUN_TAGS.user) === viewer.id &&
      allows(viewer.scopes, "run", app, service);
    return isOwn ? { task, service, isRun: true } : undefined;
  }

  function checkApp(viewer: Viewer, app: string): void {
    if (!deps.apps.includes(app) || !reaches(viewer.scopes, app)) {
      throw refuseUnseen();
    }
  }

  async function listSeenServices(viewer: Viewer, app: string) {
    const seen: string[] = [];
    for (const name of await listServiceNames(app)) {
      if (
        allows(viewer.scopes, "list", app, name) &&
        !await isOwnService(app, name)
      ) seen.push(name);
    }
    return seen;
  }

  const listServiceNames = shareFor(
    SHARED_MS,
    now,
    (app) => access.listServices(app),
  );

  return {
    noteStart: (app) => readSnapshot.forget(app),
    listApps: ({ scopes }) => deps.apps.filter((app) => reaches(scopes, app)),
    async listServices(viewer, app) {
      checkApp(viewer, app);
      const names = await listSeenServices(viewer, app);
      if (names.length === 0) return [];
      const services = await access.describeServices(app, names);
      const verdicts = await Promise.all(
        services.map(({ taskDefinitionArn }) => isTarget(taskDefinitionArn)),
      );
      return services.filter((_, at) => verdicts[at])
        .toSorted((a, b) => a.name < b.name ? -1 : 1);
    },
    async findService(viewer, verb, app, service) {
      checkApp(viewer, app);
      const names = await listServiceNames(app);
      const isSeen = names.includes(service) &&
        allows(viewer.scopes, verb, app, service) &&
        !await isOwnService(app, service);
      if (!isSeen) throw refuseUnseen();
      return service;
    },
    async listTasks(viewer, app) {
      checkApp(viewer, app);
      const tasks = await readSnapshot(app);
      const services = new Set(
        tasks.flatMap((task) => guessService(task) ?? [])
          .filter((name) => allows(viewer.scopes, "list", app, name)),
      );
      const lists = await Promise.all(
        [...services].map(async (service) =>
          [service, await listConfirmed(`${app}/${service}`)] as const
        ),
      );
      const confirmed = new Map(lists);
      const seen: SeenTask[] = [];
      for (const task of tasks) {
        if (hasStopped(task)) continue;
        const list = confirmed.get(guessService(task) ?? "") ?? new Set();
        const found = await judge(viewer, app, task, list);
        if (found !== undefined) seen.push(found);
      }
      return seen.toSorted((a, b) => startOf(a) - startOf(b));
    },
    async findTask(viewer, app, pid) {
      checkApp(viewer, app);
      const tasks = await readSnapshot(app);
      const matches = PID.test(pid)
        ? tasks.filter(({ id }) => id.endsWith(pid))
        : [];
      const [match] = matches;
      const guess = (match && guessService(match)) ??
        pickService(viewer, app, tasks);
      const confirmed = await listConfirmed(`${app}/${guess}`);
      const found = match === undefined || matches.length > 1
        ? undefined
        : await judge(viewer, app, match, confirmed);
      if (found === undefined) throw refuseUnseen();
      return found;
    },
  };
}

/** Whether a task has stopped, or is to. */
function hasStopped({ desiredStatus }: TaggedTask): boolean {
  return desiredStatus === "STOPPED";
}

/** Whether the rack itself is in an app. */
function isIn({ cluster }: OwnPlace, app: string): boolean {
  return cluster !== undefined && nameOfArn(cluster) === app;
}

/** The service that a task says it is of: only a list of the service's tasks confirms it. */
function guessService({ group }: TaggedTask): string | undefined {
  return /^service:(.+)$/.exec(group ?? "")?.[1];
}

/** A service to ask about where a task names none, so that the answer takes the same calls. */
function pickService(
  { scopes }: Viewer,
  app: string,
  tasks: readonly TaggedTask[],
): string {
  const named = scopes.find((scope) =>
    scope.service !== "*" && (scope.app === "*" || scope.app === app)
  );
  return named?.service ??
    tasks.map(guessService).find((name) => name !== undefined) ?? "default";
}

/** Whether a role is one of the rack's own: by account and name, as a role's path is not part of an identity. */
function isRoleOf({ roles }: OwnPlace, roleArn: string | undefined): boolean {
  return roleArn !== undefined &&
    roles.some(({ account, name }) =>
      account === accountOfArn(roleArn) && name === nameOfArn(roleArn)
    );
}

function startOf({ task }: SeenTask): number {
  return (task.startedAt ?? task.createdAt)?.getTime() ?? 0;
}
