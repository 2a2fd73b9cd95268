import { Buffer } from "node:buffer";
import type {
  TaggedTask,
  Task,
  TaskDefinition,
} from "../../src/access/access.ts";
import { PortholeError } from "../../src/errors.ts";
import type { AuditEntry } from "../../src/rack/audit_entry.ts";
import type { Front } from "../../src/rack/http/serve_http.ts";
import { createLookUp } from "../../src/rack/look_up/look_up.ts";
import { type RackSetup, serveRack } from "../../src/rack/serve_rack.ts";
import { readTicket, signTicket } from "../../src/rack/tickets/ticket.ts";
import type { ExecCall } from "../../src/rack/sessions/session_call.ts";
import { endConvox } from "../../src/rack/sessions/refuse_convox.ts";
import { RUN_TAGS } from "../../src/rack/sessions/session_ports.ts";
import { parseScope } from "../../src/rack/users/scope.ts";
import { createToken } from "../../src/rack/users/token.ts";
import type { User } from "../../src/rack/users/user.ts";
import { recordLog } from "../exec/fake_log.ts";

/** What a test's rack knows of one user. */
export interface TestUser {
  readonly user: User;
  readonly token: string;
}

/** Makes a user with these scopes. */
export function createTestUser(
  name: string,
  scopes: readonly string[],
  more: Partial<Pick<User, "admin" | "expires">> = {},
): TestUser {
  const { token, id, sha256 } = createToken(name);
  return {
    token,
    user: {
      name,
      id,
      sha256,
      scopes: scopes.map((text) => {
        const scope = parseScope(text);
        if (scope === undefined) throw new Error(`no scope: ${text}`);
        return scope;
      }),
      admin: more.admin ?? false,
      created: new Date(0),
      ...(more.expires === undefined ? {} : { expires: more.expires }),
    },
  };
}

export const ACCOUNT = "111122223333";

/** The id of a test's task, of which the last digits are these. */
export function idOf(digits: string): string {
  return digits.padStart(32, "0");
}

/** A task of a service, or of none. */
export function createTask(
  app: string,
  digits: string,
  more: Partial<TaggedTask> = {},
): TaggedTask {
  const id = idOf(digits);
  return {
    id,
    arn: `arn:aws:ecs:us-east-1:${ACCOUNT}:task/${app}/${id}`,
    clusterArn: `arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/${app}`,
    status: "RUNNING",
    desiredStatus: "RUNNING",
    startedAt: new Date("2026-01-02T03:04:05Z"),
    taskDefinitionArn: `arn:aws:ecs:us-east-1:${ACCOUNT}:task-definition/app:1`,
    executeCommandEnabled: true,
    launchType: "FARGATE",
    privateIp: "10.0.0.7",
    containers: [{
      name: "main",
      status: "RUNNING",
      runtimeId: `${id}-1`,
      agent: { status: "RUNNING" },
    }],
    tags: new Map(),
    ...more,
  };
}

/** A cluster of a test: the tasks by service; those under "" are no service's. */
export type TestCluster = Readonly<Record<string, readonly TaggedTask[]>>;

function idsOf(tasks: readonly TaggedTask[], status: string) {
  return tasks.filter(({ desiredStatus }) => desiredStatus === status)
    .map(({ id }) => id);
}

/** What AWS answers a test's rack, and what it was asked. */
export function createTestAccess(
  clusters: Readonly<Record<string, TestCluster>>,
  roles: Readonly<Record<string, string>> = {},
) {
  const calls: string[] = [];
  const clusterOf = (app: string): TestCluster => {
    const found = clusters[app];
    if (found !== undefined) return found;
    throw new PortholeError("cluster_not_found", `no cluster ${app}`);
  };
  const access = {
    listServices(app: string) {
      calls.push(`listServices ${app}`);
      const names = Object.keys(clusterOf(app)).filter((name) => name !== "");
      return Promise.resolve(names);
    },
    describeServices: (app: string, names: readonly string[]) => {
      calls.push(`describeServices ${app} ${names.join()}`);
      return Promise.resolve(names.map((name) => ({
        name,
        running: clusterOf(app)[name]?.length ?? 0,
        desired: clusterOf(app)[name]?.length ?? 0,
        taskDefinitionArn: clusterOf(app)[name]?.[0]?.taskDefinitionArn ??
          `arn:aws:ecs:us-east-1:${ACCOUNT}:task-definition/app:1`,
      })));
    },
    describeTaskDefinition(arn: string): Promise<TaskDefinition> {
      calls.push(`describeTaskDefinition ${arn}`);
      const role = roles[arn];
      return Promise.resolve({
        arn,
        containers: ["main", "sidecar"].map((name) => ({
          name,
          essential: true,
          environment: [],
          secrets: [],
          readonlyRootFilesystem: false,
          initProcessEnabled: false,
        })),
        ...(role === undefined ? {} : { taskRoleArn: role }),
      });
    },
    async listStoppedTaskIds(app: string) {
      calls.push(`listStoppedTaskIds ${app}`);
      await Promise.resolve();
      return idsOf(Object.values(clusterOf(app)).flat(), "STOPPED");
    },
    async listTaskIds(app: string, service?: string) {
      calls.push(`listTaskIds ${app} ${service ?? "-"}`);
      await Promise.resolve();
      const cluster = clusterOf(app);
      if (service === undefined) {
        return idsOf(Object.values(cluster).flat(), "RUNNING");
      }
      if (service === "" || cluster[service] === undefined) {
        throw new PortholeError("service_not_found", `no service ${service}`);
      }
      return idsOf(cluster[service], "RUNNING");
    },
    describeTaggedTasks(app: string, ids: readonly string[]) {
      calls.push(`describeTaggedTasks ${app} ${ids.length}`);
      return Promise.resolve(
        Object.values(clusterOf(app)).flat().filter(({ id }) =>
          ids.includes(id)
        ),
      );
    },
  };
  return { access, calls };
}

/** A rack of a test, on loopback. */
export interface TestRack {
  readonly port: number;
  readonly audit: AuditEntry[];
  /** What was said in its log. */
  readonly said: readonly string[];
  /** What AWS was asked. */
  readonly calls: string[];
  readonly users: Map<string, User>;
  readonly execs: ExecCall[];
  readonly sign: (
    user: User,
    more?: Partial<Parameters<typeof signTicket>[0]>,
  ) => string;
  /** As a signal of the system. */
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** As if the users had been read again. */
  look(): void;
  readonly over: Promise<void>;
}

/** What a test may want otherwise. */
export interface TestRackOptions {
  readonly users: readonly TestUser[];
  readonly clusters: Readonly<Record<string, TestCluster>>;
  readonly roles?: Readonly<Record<string, string>>;
  readonly setup?: Partial<RackSetup>;
  readonly front?: Front;
  readonly own?: {
    readonly cluster?: string;
    readonly service?: string;
    readonly roles: readonly {
      readonly account: string;
      readonly name: string;
    }[];
  };
  readonly exec?: (call: ExecCall) => Promise<void>;
  /** In the place of the time that the drain takes. */
  readonly drained?: Promise<void>;
  /** What accepting fails with first, one failure a call. */
  readonly acceptFailures?: readonly Error[];
}

const DRAIN_MS = 110_000;

export const KEYS = [Buffer.from("k".repeat(40))] as const;

/** Starts a rack whose AWS and users are the test's; it ends with the scope. */
export function startRack(
  options: TestRackOptions,
): TestRack & AsyncDisposable {
  const { access, calls } = createTestAccess(options.clusters, options.roles);
  const { log, said } = recordLog();
  const audit: AuditEntry[] = [];
  const execs: ExecCall[] = [];
  const users = new Map(options.users.map(({ user }) => [user.name, user]));
  const signals = new Map<string, () => void>();
  const looks: (() => void)[] = [];
  const now = () => new Date();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const acceptFailures = [...options.acceptFailures ?? []];
  const deps = {
    now,
    sleep: (ms: number, signal?: AbortSignal) =>
      ms === DRAIN_MS && options.drained !== undefined
        ? options.drained
        : sleep(ms, signal),
    onSignal: (name: string, handler: () => void) => {
      signals.set(name, handler);
      return () => void signals.delete(name);
    },
  };
  const over = serveRack({
    facts: {
      name: "test",
      region: "us-east-1",
      wireVersion: "20270101000000",
      version: "1.0.0",
    },
    audit: {
      write: (entry) => {
        audit.push(entry);
        return Promise.resolve();
      },
    },
    lookUp: createLookUp({
      rack: "test",
      apps: Object.keys(options.clusters),
      access,
      findOwn: () => Promise.resolve(options.own ?? { roles: [] }),
      now,
    }),
    settings: {
      read: () => Promise.resolve({ status: "running", ecsExec: "Yes" }),
      change: () => {
        calls.push("change");
        return Promise.resolve(["ok"]);
      },
      findOwn: () => Promise.resolve({ roles: [] }),
    },
    tasks: {
      stopTask: (app, id) => {
        calls.push(`stopTask ${app} ${id}`);
        return Promise.resolve();
      },
    },
    sessionsOf: () => ({
      open: () => Promise.reject(new Error("not asked for")),
      signUpgrade: () => Promise.reject(new Error("not asked for")),
      createDataKey: () => Promise.reject(new Error("not asked for")),
      resumeSession: () => Promise.reject(new Error("not asked for")),
      presign: (url) => Promise.resolve(`${url}?signed`),
      isEncrypted: () => Promise.resolve(false),
      renew: (sessionId) => {
        calls.push(`renew ${sessionId}`);
        return Promise.resolve({ tokenValue: "T0KEN", streamUrl: "wss://s" });
      },
      terminateSession: (sessionId) => {
        calls.push(`terminate ${sessionId}`);
        return Promise.resolve();
      },
    }),
    readTicket: (text) =>
      readTicket(text, { rack: "test", now: now(), keys: KEYS }),
    allow: { run: true, params: true, update: true },
    gen1: [],
    exec: async (call) => {
      execs.push(call);
      if (options.exec !== undefined) return await options.exec(call);
      await answerAndLeave(call);
    },
    run: (call): Promise<Task> => {
      calls.push(`run ${call.app} ${call.service}`);
      return Promise.resolve(createTask(call.app, "abc"));
    },
    log,
    front: options.front ?? { kind: "direct" },
    userWatch: {
      current: () => users,
      onLook: (tell) => void looks.push(tell),
    },
    maxSessionMs: 60_000,
    drainMs: DRAIN_MS,
    limits: { sessionsPerUser: 20, sessions: 500, lookUpsPerSecond: 100_000 },
    deps,
    ...options.setup,
  }, {
    accept: async () => {
      const failure = acceptFailures.shift();
      if (failure !== undefined) throw failure;
      return await listener.accept();
    },
    close: () => listener.close(),
  });
  const signal = (name: string) => signals.get(name)?.();
  return {
    port: listener.addr.port,
    audit,
    said,
    calls,
    users,
    execs,
    over,
    sign: (user, more = {}) =>
      signTicket({
        app: "prod",
        service: "web",
        run: false,
        sessionId: "ecs-execute-command-1",
        target: "ecs:prod_1_1-1",
        task: "1",
        container: "main",
        user: user.id,
        opened: now(),
        ...more,
      }, {
        rack: "test",
        until: new Date(now().getTime() + 60_000),
        keys: KEYS,
      }),
    signal,
    look: () => looks.forEach((tell) => tell()),
    async [Symbol.asyncDispose]() {
      signal("SIGINT");
      await over;
    },
  };
}

/** A session that says which task it is in, and ends with 7. */
async function answerAndLeave(
  { accept, place, slot }: ExecCall,
): Promise<void> {
  const left = new AbortController();
  const socket = accept({
    onText: () => {},
    onBinary: () => {},
    onAlive: () => {},
    onClose: () => left.abort(),
  });
  slot.ended.addEventListener("abort", () => left.abort());
  socket.sendRawText(Buffer.from(`in ${place.task.id}\n`));
  await endConvox(socket, 7, left.signal, sleep);
}

/** The run tags of a user. */
export function runTags({ id }: User, service: string, rack = "test") {
  return new Map([
    [RUN_TAGS.rack, rack],
    [RUN_TAGS.user, id],
    [RUN_TAGS.service, service],
  ]);
}

export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake);
  });
}

/** What came back. */
export interface TestAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are, and reads to the end. */
export async function sendRaw(
  port: number,
  bytes: string | Uint8Array,
): Promise<TestAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const all = typeof bytes === "string"
      ? Buffer.from(bytes, "latin1")
      : bytes;
    for (let at = 0; at < all.length;) {
      at += await connection.write(all.subarray(at));
    }
    return await readAnswer(connection);
  } finally {
    connection.close();
  }
}

/** Reads an answer: to its length, or its end. */
export async function readAnswer(
  connection: Pick<Deno.Conn, "read">,
): Promise<TestAnswer> {
  let text = "";
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    const end = text.indexOf("\r\n\r\n");
    const head = end < 0 ? "" : text.slice(0, end);
    const length = /^content-length: (\d+)/im.exec(head)?.[1];
    const isWhole = end >= 0 &&
      (head.startsWith("HTTP/1.1 101") ||
        text.length >= end + 4 + Number(length ?? Infinity));
    const count = isWhole
      ? null
      : await connection.read(chunk).catch(() => null);
    if (count === null) {
      return {
        status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0),
        head,
        body: end < 0 ? "" : text.slice(end + 4),
      };
    }
    text += Buffer.from(chunk.subarray(0, count)).toString("latin1");
  }
}

/** The head of a request with a token. */
export function writeHead(
  method: string,
  path: string,
  token: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "Host: rack.example.com",
    ...(token === undefined
      ? []
      : [`Authorization: Basic ${btoa(`convox:${token}`)}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Headers of an upgrade. */
export const UPGRADE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
} as const;
