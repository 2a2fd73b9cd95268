import type { Service } from "../../../src/access/access.ts";
import type { Revision } from "../../../src/access/revisions.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import {
  createSettings,
  type SettingsPorts,
} from "../../../src/rack/settings/create_settings.ts";
import type { Caller } from "../../../src/rack/sessions/session_call.ts";

/** A rack's service in memory, and its settings. */
export function fakeRackService(
  given: Partial<SettingsPorts> & {
    readonly labels?: Readonly<Record<string, string>>;
    readonly image?: string;
    /** Refuses UpdateService. */
    readonly refusesUpdate?: boolean;
    readonly controller?: string;
    readonly stack?: string;
    /** Of the running tasks of the clusters. */
    readonly lagging?: readonly string[];
  } = {},
) {
  const revisions: Revision[] = [{
    arn: "arn:aws:ecs:us-east-1:1:task-definition/rack:1",
    family: "rack",
    number: 1,
    taskRoleArn: "arn:aws:iam::123456789012:role/path/rack-task",
    image: given.image ?? "registry.test/porthole:0.3.0",
    labels: { keep: "me", ...given.labels },
  }];
  const inactive = new Set<string>();
  const entries: AuditEntry[] = [];
  const calls: string[] = [];
  let runs = revisions[0]!.arn;
  let rolloutState = "COMPLETED";
  let deployment = 0;
  let time = 0;

  const describeService = (): Service =>
    ({
      name: "porthole",
      taskDefinitionArn: runs,
      deploymentController: given.controller ?? "ECS",
      tags: given.stack === undefined
        ? []
        : [{ key: "aws:cloudformation:stack-name", value: given.stack }],
      deployments: [{ id: `ecs-svc/${deployment}`, rolloutState }],
    }) as unknown as Service;

  const ports: SettingsPorts = {
    access: {
      describeTask: () =>
        Promise.resolve({
          id: "0123456789abcdef",
          clusterArn: "arn:aws:ecs:us-east-1:1:cluster/racks",
          group: "service:porthole",
          taskDefinitionArn: runs,
          containers: [],
        } as never),
      listTasks: () =>
        Promise.resolve(
          (given.lagging ?? []).map((service) => ({
            group: `service:${service}`,
            executeCommandEnabled: false,
          })) as never,
        ),
      describeService: () => Promise.resolve(describeService()),
      describeRevision: (name) =>
        Promise.resolve(
          name === "rack"
            ? revisions.findLast(({ arn }) => !inactive.has(arn))
            : revisions.find(({ arn }) => arn === name),
        ),
      registerRevision: (arn, change) => {
        calls.push("register");
        const before = revisions.find((one) => one.arn === arn)!;
        const number = revisions.length + 1;
        const next = {
          ...before,
          arn: arn.replace(/\d+$/, String(number)),
          number,
          image: change.image ?? before.image,
          labels: { ...before.labels, ...change.labels },
        };
        revisions.push(next);
        return Promise.resolve(next);
      },
      deregisterTaskDefinition: (arn) => {
        calls.push("deregister");
        inactive.add(arn);
        return Promise.resolve();
      },
      deployRevision: (_cluster, _service, arn) => {
        calls.push("deploy");
        if (given.refusesUpdate) return Promise.reject(new Error("refused"));
        runs = arn;
        deployment++;
        rolloutState = "IN_PROGRESS";
        return Promise.resolve(describeService());
      },
    },
    audit: {
      write: (entry) => {
        entries.push(entry);
        calls.push("audit");
        return Promise.resolve();
      },
    },
    versions: {
      first: "0.2.0",
      parameters: [
        {
          name: "ECSExec",
          values: ["Yes", "No"],
          default: "No",
          since: "0.3.0",
        },
      ],
    },
    readMetadata: () =>
      Promise.resolve({
        container: "rack",
        cluster: "racks",
        taskId: "0123456789abcdef",
      }),
    ecsExec: "No",
    findCaller: () => Promise.resolve(undefined),
    clusters: ["prod"],
    // Each look is a minute after the one before.
    now: () => new Date(time += 60_000),
    ...given,
  };
  return {
    settings: createSettings(ports),
    calls,
    entries,
    revisions,
    complete: () => void (rolloutState = "COMPLETED"),
    fail: () => void (rolloutState = "FAILED"),
    /** The deployment's circuit breaker goes back to a revision. */
    rollBack(number: number) {
      runs = revisions[number - 1]!.arn;
      rolloutState = "COMPLETED";
      deployment++;
    },
    /** Somebody else has registered a revision. */
    registerFromOutside() {
      const last = revisions.at(-1)!;
      revisions.push({
        ...last,
        arn: `${last.arn}0`,
        number: last.number + 1,
        labels: {},
      });
    },
    beginDeployment: () => void deployment++,
    running: () => revisions.find(({ arn }) => arn === runs)!,
  };
}

/** An admin. */
export const admin: Caller = { name: "ada", id: "1", address: "192.0.2.1" };

/** The form of `rack params set`. */
export function parameterForm(pairs: string): ReadonlyMap<string, string> {
  return new Map([["parameters", pairs]]);
}

/** The form of `rack update`. */
export function versionForm(version: string): ReadonlyMap<string, string> {
  return new Map([["version", version]]);
}
