import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { region } from "./fleet.ts";
import { carryRackExec } from "./carry_rack_exec.ts";
import { makeRackFrame, takeRackFrame } from "./rack_frames.ts";
import type {
  RackFaults,
  RackOptions,
  RackRequestSeen,
  StandInRack,
} from "./rack_options.ts";
import type { Sandbox } from "./sandbox.ts";

const defaults: RackOptions = {
  token: "secret-token",
  version: "20261005214736",
  handsOff: false,
  parameters: { ECSExec: "No", Autoscale: "Yes", Password: "hidden" },
  otherApps: [],
  updatingFor: 0,
  prefix: "",
  faults: {},
};

const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/**
 * Starts a stand-in for a Convox rack of version 2 before a sandbox: the same tasks under the names that racks have
 * for them, its REST answers and its exec socket. A server of our own, because Node's under Deno loses bytes.
 */
export function startRack(
  sandbox: Sandbox,
  given: Partial<RackOptions> = {},
): StandInRack {
  const options = { ...defaults, ...given };
  let { faults } = options;
  const parameters: Record<string, string> = { ...options.parameters };
  let { version } = options;
  let updating = 0;
  const seen: RackRequestSeen[] = [];
  const counts = { opened: 0, spoke: 0 };
  const open = new Set<Deno.Conn>();
  /** The commands that run, and the process that each is in. */
  const execs = new Map<ReturnType<typeof carryRackExec>, string>();
  const looks = new Set<() => void>();
  const serving = new Set<Promise<void>>();
  const changed = () => looks.forEach((look) => look());
  const oneOffs = new Map<string, { app: string; service: string }>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;

  function tasksOf(app: string) {
    const tasks = ["web", "worker", "legacy", "fargate-old"].flatMap((
      service,
    ) =>
      sandbox.tasks(service, app).map((task) => ({
        ...task,
        service,
        id: task.taskId.slice(-12),
      }))
    );
    const extra = [...oneOffs].filter(([, one]) => one.app === app)
      .flatMap(([id, { service }]) =>
        tasks.filter((task) => task.service === service).slice(0, 1)
          .map((task) => ({ ...task, id }))
      );
    return [...tasks, ...extra];
  }

  function describe(app: string, { id, service, status }: {
    readonly id: string;
    readonly service: string;
    readonly status: string;
  }) {
    return {
      id,
      app,
      command: "",
      cpu: 0,
      host: "10.0.0.1",
      image: "image",
      instance: "i-1",
      memory: 0,
      name: service,
      ports: [],
      release: "RABCDEFGHIJ",
      started: "2026-01-02T03:04:05Z",
      status: status.toLowerCase(),
      task_definition: "definition",
    };
  }

  /** What Convox's routes answer; the rest is a 404 without a body. */
  function answer(request: RackRequestSeen): [number, string] {
    const { method } = request;
    const [path = ""] = request.path.slice(options.prefix.length).split("?");
    const parts = path.split("/").slice(1).map(decodeURIComponent);
    const json = (value: unknown): [number, string] => [
      200,
      `${JSON.stringify(value, null, 2)}\n`,
    ];
    if (path === "/check") return [200, "ok\n"];
    if (!isAllowed(request)) return [401, "invalid authentication\n"];
    if (path === "/auth") return [200, "ok\n"];
    if (path === "/system" && method === "GET") {
      return json({
        count: 3,
        domain: "rack.example.com",
        name: "dev",
        parameters,
        provider: "aws",
        "rack-domain": "rack.example.com",
        region,
        status: updating-- > 0 ? "updating" : "running",
        type: "t3.small",
        version,
      });
    }
    if (path === "/system" && method === "PUT") {
      const form = new URLSearchParams(request.body);
      const wanted = new URLSearchParams(form.get("parameters") ?? "");
      for (const [name, value] of wanted) {
        if (name === "ECSExec" && !["Yes", "No"].includes(value)) {
          return [
            500,
            "ValidationError: Parameter 'ECSExec' must be one of AllowedValues\n",
          ];
        }
        if (name in parameters) parameters[name] = value;
      }
      version = form.get("version") ?? version;
      updating = options.updatingFor;
      return [200, "ok\n"];
    }
    const [apps, app = "", what, name, more] = parts;
    if (apps !== "apps") return [404, ""];
    if (app === "" && method === "GET") {
      return json(
        ["default", ...options.otherApps].map((name) => ({
          generation: "2",
          name,
          status: "running",
        })),
      );
    }
    if (options.otherApps.includes(app) && method === "GET") return json([]);
    if (app !== "default") return [404, `app not found: ${app}\n`];
    if (what === "services" && name === undefined) {
      return json([{ count: 2, name: "web" }, { count: 1, name: "worker" }]);
    }
    if (
      what === "services" && more === "processes" && method === "POST" &&
      name !== undefined
    ) {
      const id = `0ne0ff${String(oneOffs.size).padStart(6, "0")}`;
      oneOffs.set(id, { app, service: name });
      return json(describe(app, { id, service: name, status: "pending" }));
    }
    if (what !== "processes") return [404, ""];
    if (name === undefined) {
      return json(tasksOf(app).map((task) => describe(app, task)));
    }
    const task = tasksOf(app).find(({ id }) => id === name);
    if (method === "DELETE") {
      for (const [exec, id] of execs) if (id === name) exec.kill();
      return oneOffs.delete(name)
        ? [200, "ok\n"]
        : [500, "could not find process\n"];
    }
    if (more !== undefined) return [404, ""];
    return task === undefined
      ? [404, `process not found: ${name}\n`]
      : json(describe(app, task));
  }

  function isAllowed({ headers }: RackRequestSeen): boolean {
    const [, basic = ""] =
      /^Basic (.*)$/.exec(headers["authorization"] ?? "") ??
        [];
    return Buffer.from(basic, "base64").toString().split(":").slice(1)
      .join(":") === options.token;
  }

  async function serve(connection: Deno.Conn): Promise<void> {
    let waiting: Buffer = Buffer.alloc(0);
    const chunk = new Uint8Array(65_536);
    const readMore = async () => {
      const count = await connection.read(chunk);
      if (count === null) return false;
      if (waiting.length === 0 && count > 0) counts.spoke++;
      waiting = Buffer.concat([waiting, chunk.subarray(0, count)]);
      return true;
    };
    while (!waiting.includes("\r\n\r\n")) if (!await readMore()) return;
    const end = waiting.indexOf("\r\n\r\n");
    const [first = "", ...lines] = waiting.subarray(0, end).toString("latin1")
      .split("\r\n");
    waiting = waiting.subarray(end + 4);
    const [method = "", path = ""] = first.split(" ");
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = Number(headers["content-length"] ?? 0);
    while (waiting.length < length) if (!await readMore()) return;
    const request = {
      method,
      path,
      headers,
      body: waiting.subarray(0, length).toString(),
    };
    waiting = waiting.subarray(length);
    seen.push(request);
    changed();
    const instead = faults.answer?.(`${method} ${path}`);
    if (instead === "endless") {
      const more = Buffer.alloc(65_536, "[[[[");
      await write(
        connection,
        Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
      );
      for (;;) {
        await write(connection, Buffer.from("10000\r\n"));
        await write(connection, more);
        await write(connection, Buffer.from("\r\n"));
      }
    }
    if (instead !== undefined) return await write(connection, instead);
    const exec = /^\/apps\/([^/]+)\/processes\/([^/]+)\/exec$/.exec(
      path.slice(options.prefix.length),
    );
    if (exec !== null && headers["upgrade"] === "websocket") {
      return await serveExec(connection, request, waiting, [
        decodeURIComponent(exec[1]!),
        decodeURIComponent(exec[2]!),
      ]);
    }
    const [status, body] = answer(request);
    await write(
      connection,
      Buffer.from(
        `HTTP/1.1 ${status} Rack\r\nContent-Type: text/plain\r\nContent-Length: ${
          Buffer.byteLength(body)
        }\r\n\r\n${body}`,
      ),
    );
  }

  async function serveExec(
    connection: Deno.Conn,
    request: RackRequestSeen,
    early: Buffer,
    [app, id]: readonly [string, string],
  ): Promise<void> {
    const { headers } = request;
    if (!isAllowed(request)) {
      return await write(
        connection,
        Buffer.from(
          "HTTP/1.1 401 Rack\r\nContent-Length: 23\r\n\r\ninvalid authentication\n",
        ),
      );
    }
    const accept = createHash("sha1")
      .update(headers["sec-websocket-key"] + acceptSuffix).digest("base64");
    await write(
      connection,
      Buffer.from(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
          `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      ),
    );
    // One write at a time, whoever speaks.
    let last: Promise<unknown> = Promise.resolve();
    const send = (frame: Uint8Array) => {
      const mine = last.then(() => write(connection, frame));
      last = mine.catch(() => {});
      return mine;
    };
    const fail = async (text: string) => {
      await send(makeRackFrame(opcodes.text, Buffer.from(`ERROR: ${text}\n`)));
      await send(makeRackFrame(opcodes.binary, Buffer.alloc(0)));
    };
    // A header has no line feeds left when Convox's CLI sends it; the query would win.
    const command = new URL(`http://rack${request.path}`).searchParams
      .get("command") ?? headers["command"] ?? "";
    const task = tasksOf(app).find((one) => one.id === id);
    let exec: ReturnType<typeof carryRackExec> | undefined;
    const { frames } = faults;
    if (frames !== undefined) await send(frames);
    else if (app !== "default") await fail(`app not found: ${app}`);
    else if (task === undefined) await fail(`process id not found for ${app}`);
    else if (options.handsOff) {
      await handOff({ taskId: task.taskId, container: task.service }, command);
    } else {
      exec = carryRackExec({
        ...sandbox.openContainer({
          taskId: task.taskId,
          container: task.service,
        }),
        command,
        size: headers["height"] === undefined ? undefined : {
          cols: Number(headers["width"]),
          rows: Number(headers["height"]),
        },
        faults,
        send,
        cut: () => drop(connection),
      });
      execs.set(exec, id);
      const own = exec;
      void exec.done.finally(() => {
        execs.delete(own);
        changed();
      });
      changed();
    }

    async function handOff(
      place: { readonly taskId: string; readonly container: string },
      words: string,
    ): Promise<void> {
      if (faults.before !== undefined) {
        await send(makeRackFrame(opcodes.text, Buffer.from(faults.before)));
      }
      const right = { ...sandbox.openSession(place, words), region };
      const values = faults.handoff?.(right) ?? right;
      const text = typeof values === "string" ? values : JSON.stringify(values);
      const all = Buffer.from(`\0${text}`);
      const whole = all.subarray(0, all.length - (faults.handoffCut ?? 0));
      const size = faults.handoffBytes ?? whole.length;
      for (let at = 0; at < whole.length; at += size) {
        await send(makeRackFrame(opcodes.text, whole.subarray(at, at + size)));
      }
      await send(makeRackFrame(
        opcodes.text,
        Buffer.from("F1E49A85-0AD7-4AEF-A618-C249C6E6568D:0\n"),
      ));
      await send(makeRackFrame(opcodes.binary, Buffer.alloc(0)));
    }

    // It never closes the line: that is for the client to do.
    let bytes: Buffer = early;
    const chunk = new Uint8Array(65_536);
    for (;;) {
      for (
        let next = takeRackFrame(bytes);
        next !== undefined;
        next = takeRackFrame(bytes)
      ) {
        bytes = next.rest;
        const { opcode, payload } = next.frame;
        if (opcode === opcodes.ping) {
          await send(makeRackFrame(opcodes.pong, payload));
        } else if (opcode === opcodes.close) return;
        else if (opcode !== opcodes.pong) exec?.onFrame(next.frame);
      }
      const count = await connection.read(chunk).catch(() => null);
      if (count === null) return;
      bytes = Buffer.concat([bytes, chunk.subarray(0, count)]);
    }
  }

  function drop(connection: Deno.Conn): void {
    if (!open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // It has gone already.
    }
    changed();
  }

  const accepting = (async () => {
    for await (const connection of listener) {
      counts.opened++;
      connection.setNoDelay(true);
      open.add(connection);
      const one = serve(connection).catch(() => {}).finally(() => {
        drop(connection);
        serving.delete(one);
      });
      serving.add(one);
    }
  })().catch(() => {});

  return {
    url: `http://127.0.0.1:${port}${options.prefix}`,
    secretUrl: `http://convox:${
      encodeURIComponent(options.token)
    }@127.0.0.1:${port}${options.prefix}`,
    port,
    requests: () => seen,
    connections: () => ({ ...counts }),
    parameters: () => parameters,
    setFaults: (next: RackFaults) => void (faults = next),
    dropLines: () => [...open].forEach(drop),
    running: () => execs.size,
    oneOffs: () => oneOffs.size,
    waitFor: (holds, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          looks.delete(look);
          reject(new Error("It did not come about in time"));
        }, timeoutMs);
        const look = () => {
          if (!holds()) return;
          clearTimeout(timer);
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
    async close() {
      listener.close();
      for (const connection of [...open]) drop(connection);
      for (const exec of execs.keys()) exec.kill();
      await Promise.all([accepting, ...serving]);
    },
  };
}

async function write(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}
