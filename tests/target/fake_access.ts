import type { AwsAccess, Container, Task } from "../../src/access/access.ts";
import type { Chooser } from "../../src/target/chooser.ts";

/** A running task of service "web" with one container "app", unless told otherwise. */
export function task(id: string, fields: Partial<Task> = {}): Task {
  return {
    id,
    arn: `arn:aws:ecs:us-east-1:1:task/main/${id}`,
    clusterArn: "arn:aws:ecs:us-east-1:1:cluster/main",
    status: "RUNNING",
    desiredStatus: "RUNNING",
    group: "service:web",
    startedAt: new Date("2023-01-01T00:00:00Z"),
    taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/web:7",
    availabilityZone: "us-east-1a",
    executeCommandEnabled: true,
    containers: [container("app")],
    ...fields,
  };
}

/** A running container, unless told otherwise. */
export function container(name: string, status = "RUNNING"): Container {
  return { name, status, runtimeId: `${name}-1` };
}

/** An AwsAccess that knows these, and what was asked of it. */
export function fakeAccess(
  parts: Partial<AwsAccess> & { readonly tasks?: readonly Task[] },
): AwsAccess & { readonly calls: readonly string[] } {
  const calls: string[] = [];
  const refuse = () => Promise.reject(new Error("not expected"));
  const known: AwsAccess = {
    region: "us-east-1",
    listClusters: refuse,
    describeClusters: refuse,
    listServices: refuse,
    describeServices: refuse,
    describeService: refuse,
    updateService: refuse,
    listTasks: () => Promise.resolve(parts.tasks ?? []),
    describeTask: (_, id) =>
      Promise.resolve(parts.tasks?.find((each) => each.id === id)),
    selectByIp: (tasks, ip) =>
      Promise.resolve(tasks.filter(({ privateIp }) => privateIp === ip)),
    startTasks: refuse,
    listTasksStartedBy: refuse,
    stopTask: refuse,
    copyTaskDefinition: refuse,
    deregisterTaskDefinition: refuse,
    listContainerNames: refuse,
    describeTaskDefinition: refuse,
    describeContainerInstance: refuse,
    describeInstanceAddresses: refuse,
    listSessions: refuse,
    getCallerIdentity: refuse,
    findRoleArn: refuse,
    simulatePolicy: refuse,
    describeExecSettings: refuse,
    tryDataKey: refuse,
    describeSubnet: refuse,
    listRoutes: refuse,
    listVpcEndpoints: refuse,
    describeSecurityGroups: refuse,
    listAclRules: refuse,
    describeInstanceNetwork: refuse,
    open: refuse,
    signUpgrade: refuse,
    describePluginSurroundings: refuse,
    muteWaits: () => () => {},
    openInstanceSession: refuse,
    resumeSession: refuse,
    openPort: refuse,
    terminateSession: refuse,
    createDataKey: refuse,
    filterLogEvents: refuse,
    describeTaggedTasks: refuse,
    ...parts,
  };
  const recorded = Object.fromEntries(
    Object.entries(known).map(([name, value]) => [
      name,
      typeof value !== "function" ? value : (...args: never[]) => {
        calls.push(name);
        return (value as (...args: never[]) => unknown)(...args);
      },
    ]),
  ) as unknown as AwsAccess;
  return { ...recorded, calls };
}

/** A chooser with someone who types these lines; `screen` is what they saw. */
export function fakeChooser(
  lines: readonly string[] | undefined,
  parts: Partial<Chooser> = {},
): Chooser & { readonly screen: () => string } {
  let screen = "";
  const left = [...lines ?? []];
  return {
    canAsk: () => Promise.resolve(lines !== undefined),
    enterPlace: () => {},
    announce: (heading) => screen += `[info] ${heading}\n`,
    print: (text) => screen += text,
    ask: (question) => {
      const line = left.shift();
      screen += `${question}${line}\n`;
      return line === undefined
        ? Promise.reject(new Error("nothing left"))
        : Promise.resolve(line);
    },
    terminalSize: () => undefined,
    now: () => new Date("2023-01-01T05:00:00Z"),
    random: () => 0.5,
    screen: () => screen,
    ...parts,
  };
}
