import { createHash, randomBytes } from "node:crypto";
import type { KeptParameter } from "./api_context.ts";
import { metadataPath } from "./answer_metadata.ts";
import type { Fleet, Task } from "./fleet.ts";
import {
  type RackProcess,
  type RackService,
  type RackServiceOption,
  usersPath,
} from "./rack_service.ts";
import { type Balancer, startBalancer } from "./start_balancer.ts";

/** The same with what the sandbox needs of it. */
export type OpenRackService = RackService & {
  /** Starts what a task of the service runs; resolves when it is healthy, with false where its image is not there. */
  start(task: Task): Promise<boolean>;
  /** Ends it as ECS does; nothing for other tasks. */
  stop(taskId: string): void;
  close(): Promise<void>;
};

const userName = "admin";
/** The tag that the image has where nothing was registered. */
const firstTag = "1";
const stopTimeoutMs = 120_000;
const readyMs = 60_000;

/** Opens the service; nothing runs before its tasks are started. */
export function openRackService(
  option: RackServiceOption,
  { fleet, url, env, parameters }: {
    readonly fleet: Fleet;
    readonly url: () => string;
    readonly env: () => Readonly<Record<string, string>>;
    readonly parameters: Map<string, KeptParameter>;
  },
): OpenRackService {
  const balancer: Balancer = startBalancer(option.settleMs);
  const ticketKey = randomBytes(32).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const token = `${userName}.${secret}`;
  parameters.set(`${usersPath}/${userName}`, {
    value: JSON.stringify({
      id: randomBytes(16).toString("hex"),
      sha256: createHash("sha256").update(secret).digest("hex"),
      allow: ["list:*/*", "exec:*/*", "run:*/*"],
      admin: true,
      created: new Date().toISOString(),
    }),
    type: "String",
    version: 1,
  });
  const running = new Map<string, RackProcess>();
  const stopping = new Set<Promise<unknown>>();
  const starting = new Set<Promise<boolean>>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const audit: Readonly<Record<string, unknown>>[] = [];
  let log = "";
  let closed = false;

  function hasImage({ family, revision }: Task): boolean {
    const definition = fleet.definitions.find((one) =>
      one.family === family && one.revision === revision
    );
    const containers = definition?.registered?.["containerDefinitions"] as
      | readonly { readonly image?: string }[]
      | undefined;
    const tag = containers?.[0]?.image?.split(":").at(-1) ?? firstTag;
    return tag === firstTag || (option.tags ?? []).includes(tag);
  }

  function start(task: Task): Promise<boolean> {
    if (!hasImage(task)) return Promise.resolve(false);
    const [program = "", ...words] = option.command ?? findPorthole();
    const port = findFreePort();
    const [container] = task.containers;
    const child = new Deno.Command(program, {
      args: [
        ...words,
        "rack",
        "serve",
        "--name",
        "sandbox",
        "--clusters",
        fleet.clusters.map(({ name }) => name).join(","),
        "--users",
        `ssm:${usersPath}`,
        "--listen",
        `127.0.0.1:${port}`,
        "--behind-balancer",
        "--allow-run",
        "--allow-params",
        "--allow-update",
        ...option.flags ?? [],
      ],
      clearEnv: true,
      env: {
        ...env(),
        PATH: Deno.env.get("PATH") ?? "",
        HOME: Deno.env.get("HOME") ?? "",
        DENO_NO_UPDATE_CHECK: "1",
        // What the caller's Deno has, where it is the source that runs.
        ...(Deno.env.has("DENO_DIR")
          ? { DENO_DIR: Deno.env.get("DENO_DIR") ?? "" }
          : {}),
        PORTHOLE_CONFIG: "none",
        PORTHOLE_TICKET_KEY: ticketKey,
        ECS_CONTAINER_METADATA_URI_V4: `${url()}${metadataPath}${
          container?.runtimeId ?? ""
        }`,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reading = Promise.all([
      readLines(child.stdout, (line) => audit.push(JSON.parse(line))),
      readLines(child.stderr, (line) => log += `${line}\n`),
    ]);
    const exit = Promise.all([child.status, reading]);
    const process: RackProcess = {
      taskId: task.taskId,
      pid: child.pid,
      port,
      exit,
      kill(signal) {
        try {
          child.kill(signal);
        } catch {
          // It has ended.
        }
      },
    };
    running.set(task.taskId, process);
    void exit.then(() => {
      balancer.deregister(port);
      if (running.get(task.taskId) === process) running.delete(task.taskId);
    });
    let ended = false;
    void child.status.then(() => ended = true);
    const one = waitUntilHealthy(port, () => ended || closed)
      .then((healthy) => {
        if (healthy) balancer.register(port);
        return healthy;
      }).finally(() => starting.delete(one));
    starting.add(one);
    return one;
  }

  function stop(taskId: string): void {
    const process = running.get(taskId);
    if (process === undefined) return;
    balancer.deregister(process.port);
    process.kill("SIGTERM");
    const timer = setTimeout(
      () => process.kill("SIGKILL"),
      option.stopTimeoutMs ?? stopTimeoutMs,
    );
    timers.add(timer);
    const ended = process.exit.finally(() => {
      clearTimeout(timer);
      timers.delete(timer);
      stopping.delete(ended);
    });
    stopping.add(ended);
  }

  return {
    url: `http://127.0.0.1:${balancer.port}`,
    secretUrl: `http://convox:${token}@127.0.0.1:${balancer.port}`,
    token,
    processes: () => [...running.values()],
    audit: () => audit,
    log: () => log,
    start,
    stop,
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      const all = [...running.values()];
      for (const process of all) process.kill("SIGKILL");
      await Promise.all([...all.map(({ exit }) => exit), ...stopping]);
      await Promise.allSettled(starting);
      await balancer.close();
    },
  };
}

/** The compiled program, else the source. */
function findPorthole(): readonly string[] {
  const file = (path: string) => new URL(`../../${path}`, import.meta.url);
  const binary = file("dist/porthole").pathname;
  try {
    if (Deno.statSync(binary).isFile) return [binary];
  } catch {
    // It has not been compiled.
  }
  return [
    Deno.execPath(),
    "run",
    "-A",
    "--frozen",
    "--no-check",
    "--quiet",
    file("main.ts").pathname,
  ];
}

function findFreePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** As the balancer's health check; false where it is over before. */
async function waitUntilHealthy(
  port: number,
  isOver: () => boolean,
): Promise<boolean> {
  const end = Date.now() + readyMs;
  while (!isOver() && Date.now() < end) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/check`);
      await answer.body?.cancel();
      if (answer.ok) return true;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}
