import type { Definitions, Directory, Service } from "../../access/access.ts";
import type { Revision, Revisions } from "../../access/revisions.ts";
import type { EcsExecChoice } from "../../choices.ts";
import type { Audit } from "../audit_entry.ts";
import { Refusal } from "../refusal.ts";
import { shareFor } from "../look_up/share_for.ts";
import type { Caller } from "../sessions/session_call.ts";
import { findLaggingServices } from "./find_lagging_services.ts";
import {
  findOwnService,
  type OwnService,
  readRole,
} from "./find_own_service.ts";
import {
  guardUpdate,
  labelOf,
  type RackVersions,
  readParameter,
} from "./rack_versions.ts";
import { readChange, type SystemChange } from "./read_change.ts";
import type { ContainerMetadata } from "./read_container_metadata.ts";
import type { RackState, Settings } from "./settings_port.ts";

/** Says of a revision that a rack has registered it, and no deployment from outside. */
const REGISTERED = labelOf("RegisteredBy");
const BY_RACK = "porthole";

/** Those who ask within this time share one answer. */
const SHARED_MS = 2_000;

/** The tag by which CloudFormation names its stack. */
const STACK_TAG = "aws:cloudformation:stack-name";

/** What the settings need of the rack around them. */
export interface SettingsPorts {
  readonly access:
    & Pick<Directory, "describeTask" | "listTasks">
    & Pick<Definitions, "describeService">
    & Revisions;
  readonly audit: Audit;
  readonly versions: RackVersions;
  /** Undefined where the rack does not run on ECS. */
  readonly readMetadata: () => Promise<ContainerMetadata | undefined>;
  /** `--param ECSExec`, for where it does not. */
  readonly ecsExec: EcsExecChoice;
  /** `--session-role`. */
  readonly sessionRoleArn?: string;
  /** The ARN of whom the rack's credentials are of, for where it does not run on ECS. */
  readonly findCaller: () => Promise<string | undefined>;
  /** `--clusters`. */
  readonly clusters: readonly string[];
  readonly now: () => Date;
}

/** The rack's service, and the revision that it is to run. */
interface OwnState {
  readonly own: OwnService & { readonly service: string };
  readonly service: Service;
  readonly revision: Revision;
  readonly state: RackState;
}

/**
 * The settings of a rack: docker labels and the image's tag of its own service. Nothing of them is remembered: every
 * question is ECS's to answer, so that all processes of a rack say the same (within two seconds of each other).
 */
export function createSettings(ports: SettingsPorts): Settings {
  const { access, readMetadata } = ports;
  let own: Promise<OwnService | undefined> | undefined;
  /** One change at a time. */
  let changing: Promise<unknown> = Promise.resolve();

  /** What a process is does not change; a failure to find it out is not kept. */
  function findOwn(): Promise<OwnService | undefined> {
    own ??= readMetadata().then((metadata) =>
      metadata && findOwnService(metadata, access)
    );
    own.catch(() => own = undefined);
    return own;
  }

  async function look(): Promise<OwnState | undefined> {
    const found = await findOwn();
    if (found?.service === undefined) return undefined;
    const { cluster, service: name, container } = found;
    const service = await access.describeService(cluster, name, { tags: true });
    const revision = await access.describeRevision(
      service.taskDefinitionArn,
      container,
    );
    if (revision === undefined) {
      throw new Refusal(
        409,
        `the rack's service no longer has the container ${container}`,
      );
    }
    const newest = await access.describeRevision(revision.family, container);
    return {
      own: { ...found, service: name },
      service,
      revision,
      state: {
        status: judgeStatus(service, revision, newest),
        ecsExec: readEcsExec(revision, ports),
      },
    };
  }

  async function change(
    form: ReadonlyMap<string, string>,
    caller: Caller,
  ): Promise<readonly string[]> {
    const wanted = readChange(form, ports.versions.parameters);
    const current = await look();
    if (current === undefined) {
      throw new Refusal(
        409,
        "this rack is not a service of ECS: --param sets its parameters when it is started",
      );
    }
    const next = planRevision(wanted, current, ports.versions);
    if (current.state.status === "updating") {
      throw new Refusal(
        409,
        "an update is in progress, try again when it is over",
      );
    }
    await makeRevision(next, wanted, { current, caller, look, ports });
    return ["ok", ...await listRemarks(wanted, current, ports)];
  }

  async function read(): Promise<RackState> {
    return (await look())?.state ??
      { status: "running", ecsExec: ports.ecsExec };
  }

  const share = () => shareFor(SHARED_MS, ports.now, read);
  let readShared = share();

  return {
    read: () => readShared(""),
    change(form, caller) {
      const mine = changing.then(() => change(form, caller))
        // What was read before is no answer any more.
        .finally(() => readShared = share());
      changing = mine.catch(() => {});
      return mine;
    },
    async findOwn() {
      const found = await findOwn();
      const arns = [
        found === undefined ? await ports.findCaller() : found.taskRoleArn,
        ports.sessionRoleArn,
      ];
      const roles = arns.flatMap((arn) => arn && readRole(arn) || []);
      return {
        roles,
        ...(found === undefined ? {} : {
          cluster: found.cluster,
          ...(found.service === undefined ? {} : { service: found.service }),
        }),
      };
    },
  };
}

/**
 * A service that has gone back to an older revision than the newest that a rack registered has failed, though ECS
 * calls that deployment completed.
 */
function judgeStatus(
  { deployments }: Service,
  revision: Revision,
  newest: Revision | undefined,
): RackState["status"] {
  const [primary] = deployments;
  if (primary?.rolloutState === "FAILED") return "failed";
  if (primary?.rolloutState === "IN_PROGRESS" || deployments.length > 1) {
    return "updating";
  }
  return newest !== undefined && newest.labels[REGISTERED] === BY_RACK &&
      newest.number > revision.number
    ? "failed"
    : "running";
}

function readEcsExec(
  { labels }: Revision,
  { versions, ecsExec }: Pick<SettingsPorts, "versions" | "ecsExec">,
): EcsExecChoice {
  const parameter = versions.parameters.find(({ name }) => name === "ECSExec");
  return parameter === undefined
    ? ecsExec
    : readParameter(parameter, labels) as EcsExecChoice;
}

/** What the next revision differs in. */
interface NextRevision {
  readonly labels: Readonly<Record<string, string>>;
  readonly image?: string;
}

/** @throws {Refusal} 400, 409 */
function planRevision(
  wanted: SystemChange,
  { revision, own, service }: OwnState,
  versions: RackVersions,
): NextRevision {
  if (service.deploymentController !== "ECS") {
    throw new Refusal(
      409,
      `service ${own.service} is deployed by ${service.deploymentController}, not by ECS`,
    );
  }
  const mark = { [REGISTERED]: BY_RACK };
  if (wanted.kind === "version") {
    const { version } = wanted;
    const guarded = guardUpdate(version, versions, revision.labels);
    if (guarded !== undefined) throw new Refusal(409, guarded);
    const image = retagImage(revision.image, version);
    if (image === revision.image) throw new Refusal(400, "nothing to change");
    return { labels: mark, image };
  }
  const changed = [...wanted.values].filter(([name, value]) => {
    const parameter = versions.parameters.find((one) => one.name === name);
    return parameter === undefined ||
      readParameter(parameter, revision.labels) !== value;
  });
  if (changed.length === 0) throw new Refusal(400, "nothing to change");
  return {
    labels: {
      ...mark,
      ...Object.fromEntries(
        changed.map(([name, value]) => [labelOf(name), value]),
      ),
    },
  };
}

/** The image of another version, of the same repository. */
export function retagImage(image: string, tag: string): string {
  const [named = ""] = image.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  return `${colon === -1 ? named : named.slice(0, colon)}:${tag}`;
}

/** Registers a revision and has the service run it; the audit is told of each before. */
async function makeRevision(
  next: NextRevision,
  wanted: SystemChange,
  { current, caller, look, ports: { access, audit } }: {
    readonly current: OwnState;
    readonly caller: Caller;
    readonly look: () => Promise<OwnState | undefined>;
    readonly ports: SettingsPorts;
  },
): Promise<void> {
  const { own, revision } = current;
  const entry = {
    user: caller.name,
    address: caller.address,
    ...(wanted.kind === "version"
      ? { event: "update", version: wanted.version } as const
      : {
        event: "params",
        parameters: [...wanted.values].map(([name, value]) =>
          `${name}=${value}`
        ).join(" "),
      } as const),
  };
  await audit.write(entry);
  const registered = await access.registerRevision(revision.arn, {
    container: own.container,
    ...next,
  });
  const name = `${registered.family}:${registered.number}`;
  try {
    await audit.write({ ...entry, revision: name });
    // Another process of this rack, or a deployment, may have been quicker.
    const now = await look();
    if (
      now === undefined || now.revision.arn !== revision.arn ||
      now.service.deployments[0]?.id !== current.service.deployments[0]?.id
    ) {
      throw new Refusal(
        409,
        "another update has begun, try again when it is over",
      );
    }
    await access.deployRevision(own.cluster, own.service, registered.arn);
  } catch (error) {
    // It must not count as the newest.
    await access.deregisterTaskDefinition(registered.arn).catch(() => {});
    throw error;
  }
}

/** What else there is to do, or to know. */
async function listRemarks(
  wanted: SystemChange,
  { service }: OwnState,
  { access, clusters }: Pick<SettingsPorts, "access" | "clusters">,
): Promise<readonly string[]> {
  const stack = service.tags?.find(({ key }) => key === STACK_TAG)?.value;
  const inStack = (what: string) =>
    stack === undefined
      ? []
      : [`also set ${what} in stack ${stack}, or its next update puts it back`];
  if (wanted.kind === "version") return inStack(`version ${wanted.version}`);
  const remarks = [...wanted.values].flatMap(([name, value]) =>
    inStack(`${name}=${value}`)
  );
  if (wanted.values.get("ECSExec") !== "Yes") return remarks;
  // The change has been made: what is not known of services is no failure of it.
  const lagging = await findLaggingServices(clusters, access).catch(() => []);
  return [
    ...remarks,
    ...lagging.map((name) =>
      `tasks of ${name} were started without execute-command: porthole enable-exec ${name}, with AWS credentials`
    ),
  ];
}
