import assert from "node:assert/strict";
import { AuditRefusal } from "../../src/rack/refusal.ts";
import {
  ACCOUNT,
  createTask,
  createTestUser,
  idOf,
  readAnswer,
  runTags,
  sendRaw,
  startRack,
  UPGRADE,
  writeHead,
} from "./start_rack.ts";

const web = (digits: string, app = "prod") =>
  createTask(app, digits, { group: "service:web" });

Deno.test("a rack shows a user what their token reaches, and answers all else alike", async () => {
  const ann = createTestUser("ann", ["exec:prod/web", "list:prod/api"]);
  await using rack = startRack({
    users: [ann],
    clusters: {
      prod: {
        web: [web("1"), web("2")],
        api: [createTask("prod", "3", { group: "service:api" })],
        secret: [createTask("prod", "4", { group: "service:secret" })],
      },
      other: { web: [web("5", "other")] },
    },
  });
  const ask = async (path: string, method = "GET", token = ann.token) =>
    await sendRaw(rack.port, writeHead(method, path, token));

  assert.equal(
    (await sendRaw(rack.port, writeHead("GET", "/check", undefined))).body,
    "ok\n",
  );
  assert.equal((await ask("/auth")).body, "ok\n");
  assert.equal((await ask("/auth", "GET", "ann.wrong")).status, 401);
  assert.equal((await ask("/auth?")).status, 200);
  const system = JSON.parse((await ask("/system?")).body);
  assert.deepEqual(system.parameters, { ECSExec: "Yes" });
  assert.equal(system.version, "20270101000000");
  assert.equal(system.porthole.version, "1.0.0");

  const apps = JSON.parse((await ask("/apps")).body);
  assert.deepEqual(apps.map(({ name }: { name: string }) => name), ["prod"]);
  const services = JSON.parse((await ask("/apps/prod/services")).body);
  assert.deepEqual(
    services.map(({ name }: { name: string }) => name),
    ["api", "web"],
  );
  const processes = JSON.parse((await ask("/apps/prod/processes")).body);
  assert.deepEqual(
    processes.map(({ id, name }: { id: string; name: string }) => [id, name]),
    [["000000000001", "web"], ["000000000002", "web"], ["000000000003", "api"]],
  );
  const [first, , listed] = processes;
  assert.equal(first.host, "10.0.0.7");
  assert.equal(first.task_definition, "app:1");
  assert.equal(first.porthole.task_id, idOf("1"));
  assert.equal(first.porthole.containers[0].runtime_id, `${idOf("1")}-1`);
  // Only to be listed: nothing of how it is made.
  assert.equal(listed.host, "");
  assert.equal(listed.task_definition, "");
  assert.equal(listed.porthole.containers[0].runtime_id, null);
  assert.equal(listed.porthole.execute_command, true);

  assert.equal((await ask("/apps/prod/processes/000000000001")).status, 200);
  assert.equal((await ask(`/apps/prod/processes/${idOf("1")}`)).status, 200);
  const unseen = [
    "/apps/prod/processes/000000000004",
    "/apps/prod/processes/000000000099",
    "/apps/other/processes/000000000005",
    "/apps/none/processes/000000000005",
    "/apps/other",
    "/apps/none/services",
    "/nothing",
    "/apps/prod/processes/0000000000%31",
    "/apps/prod/../other/processes",
    "/machines",
  ];
  for (const path of unseen) {
    const answer = await ask(path);
    assert.equal(answer.status, 404, path);
    assert.deepEqual(JSON.parse(answer.body), {
      error: "not found, or not allowed for this token",
    });
  }
});

Deno.test("a task's containers stand in the order of its definition", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  const [main] = web("1").containers;
  await using rack = startRack({
    users: [ann],
    clusters: {
      prod: {
        web: [{
          ...web("1"),
          containers: [
            { ...main!, name: "odd" },
            { ...main!, name: "sidecar" },
            main!,
          ],
        }],
      },
    },
  });
  const { body } = await sendRaw(
    rack.port,
    writeHead("GET", "/apps/prod/processes/000000000001", ann.token),
  );
  assert.deepEqual(
    JSON.parse(body).porthole.containers.map(({ name }: { name: string }) =>
      name
    ),
    ["main", "sidecar", "odd"],
  );
});

Deno.test("a pid is looked up by the same calls, whatever there is", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  const calls: string[][] = [];
  for (const pid of ["000000000001", "000000000004", "000000000099", "nope"]) {
    await using rack = startRack({
      users: [ann],
      clusters: {
        prod: {
          web: [web("1")],
          secret: [createTask("prod", "4", { group: "service:secret" })],
        },
      },
    });
    await sendRaw(
      rack.port,
      writeHead("GET", `/apps/prod/processes/${pid}`, ann.token),
    );
    calls.push(rack.calls.map((call) => call.split(" ")[0] ?? ""));
  }
  for (const one of calls) assert.deepEqual(one, calls[0]);
});

Deno.test("a run task that has stopped is its owner's to look at, with the reason, and nobody else's; none is listed", async () => {
  const ann = createTestUser("ann", ["run:prod/web"]);
  const ben = createTestUser("ben", ["exec:prod/*", "run:prod/*"]);
  const stopped = {
    status: "STOPPED",
    desiredStatus: "STOPPED",
    stoppedReason: "Essential container in task exited",
  };
  await using rack = startRack({
    users: [ann, ben],
    clusters: {
      prod: {
        "": [
          createTask("prod", "1", {
            ...stopped,
            tags: runTags(ann.user, "web"),
          }),
          createTask("prod", "2", {
            ...stopped,
            tags: runTags(ann.user, "web", "another rack"),
          }),
        ],
        web: [createTask("prod", "3", { ...stopped, group: "service:web" })],
      },
    },
  });
  const ask = async (path: string, { token }: { readonly token: string }) =>
    await sendRaw(
      rack.port,
      writeHead("GET", `/apps/prod/processes${path}`, token),
    );
  const own = await ask("/000000000001", ann);
  assert.equal(own.status, 200);
  const process = JSON.parse(own.body);
  assert.equal(process.status, "stopped");
  assert.equal(process.porthole.stopped_reason, stopped.stoppedReason);
  for (
    const [pid, user] of [
      ["1", ben],
      ["2", ann],
      ["3", ann],
      ["3", ben],
    ] as const
  ) {
    assert.equal((await ask(`/00000000000${pid}`, user)).status, 404);
  }
  for (const user of [ann, ben]) {
    assert.deepEqual(JSON.parse((await ask("", user)).body), []);
  }
});

Deno.test("tags count only on tasks that no service has", async () => {
  const ann = createTestUser("ann", ["run:prod/web"]);
  const bob = createTestUser("bob", ["run:prod/web"]);
  const own = { tags: runTags(ann.user, "web"), group: "family:web" };
  await using rack = startRack({
    users: [ann, bob],
    clusters: {
      prod: {
        "": [
          createTask("prod", "1", own),
          createTask("prod", "2", { ...own, tags: runTags(bob.user, "web") }),
          createTask("prod", "3", { ...own, tags: runTags(ann.user, "api") }),
          createTask("prod", "4", {
            ...own,
            tags: runTags(ann.user, "web", "another rack"),
          }),
          // Tags that somebody put on a task of a service, or of what looks like one.
          createTask("prod", "5", { ...own, group: "service:gone" }),
          createTask("prod", "6", { ...own, startedBy: "ecs-svc/1" }),
        ],
        web: [web("7")],
        secret: [
          createTask("prod", "8", { ...own, group: "service:secret" }),
        ],
      },
    },
  });
  const { body } = await sendRaw(
    rack.port,
    writeHead("GET", "/apps/prod/processes", ann.token),
  );
  assert.deepEqual(
    JSON.parse(body).map(({ id }: { id: string }) => id),
    ["000000000001", "000000000007"],
  );
  const stop = async (pid: string) =>
    (await sendRaw(
      rack.port,
      writeHead("DELETE", `/apps/prod/processes/${pid}`, ann.token),
    )).status;
  for (const digit of ["2", "3", "4", "5", "6", "7", "8"]) {
    assert.equal(await stop(`00000000000${digit}`), 404);
  }
  assert.equal(await stop("000000000001"), 200);
  assert.deepEqual(
    rack.calls.filter((call) => call.startsWith("stopTask")),
    [`stopTask prod ${idOf("1")}`],
  );
  // run lets enter one's own tasks, and no others.
  const exec = async (pid: string) =>
    (await sendRaw(
      rack.port,
      writeHead("GET", `/apps/prod/processes/${pid}/exec`, ann.token, {
        ...UPGRADE,
        "Sec-WebSocket-Protocol": "porthole.rack.v1",
      }),
    )).status;
  assert.equal(await exec("000000000001"), 101);
  assert.equal(await exec("000000000007"), 404);
  assert.equal(await exec("000000000002"), 404);
});

Deno.test("the rack itself is no target, by its service, its role, or an override", async () => {
  const ann = createTestUser("ann", ["exec:*/*"]);
  const definition = `arn:aws:ecs:us-east-1:${ACCOUNT}:task-definition/rack:1`;
  const role = `arn:aws:iam::${ACCOUNT}:role/path/rack-task`;
  await using rack = startRack({
    users: [ann],
    clusters: {
      prod: {
        rack: [createTask("prod", "1", { group: "service:rack" })],
        twin: [
          createTask("prod", "2", {
            group: "service:twin",
            taskDefinitionArn: definition,
          }),
        ],
        web: [
          web("3"),
          { ...web("4"), taskRoleOverride: role },
          {
            ...web("5"),
            taskDefinitionArn: definition,
            taskRoleOverride: `arn:aws:iam::${ACCOUNT}:role/other`,
          },
        ],
      },
    },
    roles: { [definition]: role },
    own: {
      cluster: "prod",
      service: "rack",
      roles: [{ account: ACCOUNT, name: "rack-task" }],
    },
  });
  const ask = async (path: string) =>
    JSON.parse(
      (await sendRaw(rack.port, writeHead("GET", path, ann.token))).body,
    );
  assert.deepEqual(
    (await ask("/apps/prod/processes")).map(({ id }: { id: string }) => id),
    ["000000000003", "000000000005"],
  );
  assert.deepEqual(
    (await ask("/apps/prod/services")).map(({ name }: { name: string }) =>
      name
    ),
    ["web"],
  );
  for (const digit of ["1", "2", "4"]) {
    const { error } = await ask(`/apps/prod/processes/00000000000${digit}`);
    assert.equal(error, "not found, or not allowed for this token");
  }
});

Deno.test("Convox's clients are told after the upgrade, with a status that is not 0", async () => {
  const ann = createTestUser("ann", ["list:prod/web"]);
  await using rack = startRack({
    users: [ann],
    clusters: { prod: { web: [web("1")] } },
  });
  const said = await new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(
      `ws://127.0.0.1:${rack.port}/apps/prod/processes/000000000001/exec`,
      {
        headers: {
          authorization: `Basic ${btoa(`x:${ann.token}`)}`,
          command: "id",
        },
      } as unknown as string[],
    );
    let text = "";
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") return void (text += data);
      socket.close();
      resolve(text);
    };
    socket.onerror = (event) => reject(event);
  });
  assert.equal(
    said,
    "ERROR: not found, or not allowed for this token\n" +
      "F1E49A85-0AD7-4AEF-A618-C249C6E6568D:125\n",
  );
  assert.equal(rack.execs.length, 0);
  const refused = rack.audit.find(({ event }) => event === "refuse");
  assert.equal(refused?.user, "ann");
  assert.equal(refused?.verb, "exec");
});

Deno.test("a drained rack refuses what is new, answers the rest, and ends its relays", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  const drained = Promise.withResolvers<void>();
  const reasons: unknown[] = [];
  await using rack = startRack({
    users: [ann],
    clusters: { prod: { web: [web("1")] } },
    drained: drained.promise,
    exec: async ({ slot, accept }) => {
      const socket = accept({
        onText: () => {},
        onBinary: () => {},
        onAlive: () => {},
        onClose: () => {},
      });
      await new Promise<void>((resolve) =>
        slot.ended.addEventListener("abort", () => resolve())
      );
      reasons.push(slot.ended.reason);
      socket.close();
    },
  });
  const exec = writeHead(
    "GET",
    "/apps/prod/processes/000000000001/exec",
    ann.token,
    { ...UPGRADE, "Sec-WebSocket-Protocol": "porthole.rack.v1" },
  );
  const open = await Deno.connect({ hostname: "127.0.0.1", port: rack.port });
  await open.write(new TextEncoder().encode(exec));
  assert.equal((await readAnswer(open)).status, 101);

  rack.signal("SIGTERM");
  const late = await sendRaw(rack.port, exec);
  assert.equal(late.status, 503);
  assert.deepEqual(JSON.parse(late.body), {
    error: "the rack is restarting, try again",
  });
  const get = async (path: string, token?: string) =>
    (await sendRaw(rack.port, writeHead("GET", path, token))).status;
  assert.equal(await get("/check"), 503);
  assert.equal(await get("/apps", ann.token), 200);
  assert.deepEqual(reasons, []);

  drained.resolve();
  await rack.over;
  assert.deepEqual(reasons, ["restart"]);
  open.close();
});

Deno.test("what a token loses, its open sessions lose", async () => {
  const ann = createTestUser("ann", ["exec:prod/web", "run:prod/web"]);
  const bob = createTestUser("bob", ["exec:prod/web"]);
  const ended = new Map<string, unknown>();
  const ends: Promise<void>[] = [];
  await using rack = startRack({
    users: [ann, bob],
    clusters: { prod: { web: [web("1")] } },
    exec: ({ slot, accept, caller }) => {
      const socket = accept({
        onText: () => {},
        onBinary: () => {},
        onAlive: () => {},
        onClose: () => {},
      });
      const end = new Promise<void>((resolve) =>
        slot.ended.addEventListener("abort", () => {
          ended.set(caller.name, slot.ended.reason);
          socket.close();
          resolve();
        })
      );
      ends.push(end);
      return end;
    },
  });
  for (const { token } of [ann, bob]) {
    const { status } = await sendRaw(
      rack.port,
      writeHead("GET", "/apps/prod/processes/000000000001/exec", token, {
        ...UPGRADE,
        "Sec-WebSocket-Protocol": "porthole.rack.v1",
      }),
    );
    assert.equal(status, 101);
  }
  rack.look();
  assert.deepEqual([...ended], []);
  // Her exec goes, her run stays: what is open was an exec.
  rack.users.set("ann", {
    ...ann.user,
    scopes: ann.user.scopes.filter(({ verb }) => verb === "run"),
  });
  rack.look();
  await ends[0];
  assert.deepEqual([...ended], [["ann", "revoked"]]);
  // Another token of the same name is another user.
  rack.users.set("bob", { ...bob.user, id: "0".repeat(32) });
  rack.look();
  await ends[1];
  assert.equal(ended.get("bob"), "revoked");
});

Deno.test("a ticket counts for its own user, its own scope, and as it was signed", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  const bob = createTestUser("bob", ["exec:prod/web"]);
  const cat = createTestUser("cat", ["list:prod/web", "run:prod/web"]);
  await using rack = startRack({
    users: [ann, bob, cat],
    clusters: { prod: { web: [web("1")] } },
  });
  const post = async (verb: string, token: string, ticket: string) =>
    await sendRaw(
      rack.port,
      writeHead("POST", `/porthole/${verb}`, token, {
        "Porthole-Ticket": ticket,
        "Content-Length": "0",
      }),
    );
  const ticket = rack.sign(ann.user);
  const [payload = "", mac = ""] = ticket.split(".");
  const body = JSON.parse(
    atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
  );
  const forged = `${
    btoa(JSON.stringify({ ...body, session: "other" })).replace(/=+$/, "")
  }.${mac}`;
  const refused: [string, string][] = [
    [ann.token, ""],
    [ann.token, "x"],
    [ann.token, forged],
    [
      ann.token,
      `${payload}.${mac.slice(0, -1)}${mac.endsWith("A") ? "B" : "A"}`,
    ],
    [ann.token, `${payload}.${"A".repeat(43)}`],
    [ann.token, rack.sign(ann.user, { service: "api" })],
    [ann.token, rack.sign(ann.user, { app: "other" })],
    [ann.token, rack.sign(ann.user, { run: true })],
    [bob.token, ticket],
    [cat.token, rack.sign(cat.user)],
  ];
  for (const verb of ["resume", "terminate"]) {
    for (const [token, one] of refused) {
      const answer = await post(verb, token, one);
      assert.equal(answer.status, 404, `${verb} ${one}`);
      assert.match(answer.body, /not found, or not allowed/);
    }
  }
  assert.deepEqual(rack.calls, []);
  const resumed = await post("resume", ann.token, ticket);
  assert.deepEqual(JSON.parse(resumed.body), {
    tokenValue: "T0KEN",
    streamUrl: "wss://s?signed",
  });
  assert.equal(
    (await post("resume", cat.token, rack.sign(cat.user, { run: true })))
      .status,
    200,
  );
  assert.equal((await post("terminate", ann.token, ticket)).body, "ok\n");
  assert.deepEqual(rack.calls, [
    "renew ecs-execute-command-1",
    "renew ecs-execute-command-1",
    "terminate ecs-execute-command-1",
  ]);
  assert.deepEqual(
    rack.audit.filter(({ event }) => event !== "refuse").map((
      { event, user },
    ) => [event, user]),
    [["resume", "ann"], ["resume", "cat"], ["terminate", "ann"]],
  );
  // Her session is known here since it was resumed: what she loses, it loses.
  await post("resume", ann.token, ticket);
  rack.users.delete("ann");
  rack.look();
  const ends = () =>
    (rack.calls as readonly string[]).filter((call) =>
      call.startsWith("terminate")
    ).length;
  while (ends() < 2) {
    await new Promise((resolve) => setTimeout(resolve));
  }
});

Deno.test("only an admin changes the rack, and only what its flags allow", async () => {
  const ann = createTestUser("ann", ["exec:*/*"]);
  const root = createTestUser("root", [], { admin: true });
  const put = async (port: number, token: string, body: string) =>
    await sendRaw(
      port,
      writeHead("PUT", "/system", token, {
        "Content-Length": `${body.length}`,
      }) + body,
    );
  {
    await using rack = startRack({ users: [ann, root], clusters: {} });
    const refused = await put(rack.port, ann.token, "parameters=ECSExec%3DYes");
    assert.equal(refused.status, 403);
    assert.match(refused.body, /you are unauthorized to access this/);
    const twice = await put(rack.port, root.token, "version=1&version=2");
    assert.equal(twice.status, 400);
    assert.deepEqual(rack.calls, []);
    const done = await put(rack.port, root.token, "parameters=ECSExec%3DYes");
    assert.equal(done.body, "ok\n");
    assert.deepEqual(rack.calls, ["change"]);
    // An admin is nobody else: there is no exec with it.
    assert.equal(
      (await sendRaw(rack.port, writeHead("GET", "/apps", root.token))).body,
      "[]\n",
    );
  }
  await using rack = startRack({
    users: [root],
    clusters: {},
    setup: { allow: { run: false, params: false, update: false } },
  });
  assert.match(
    (await put(rack.port, root.token, "parameters=ECSExec%3DYes")).body,
    /without --allow-params/,
  );
  assert.match(
    (await put(rack.port, root.token, "version=0.2.0")).body,
    /without --allow-update/,
  );
  assert.deepEqual(rack.calls, []);
});

Deno.test("limits: sessions of a user, look-ups, users that cannot be read, an audit that cannot be written", async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  const clusters = { prod: { web: [web("1")] } };
  const exec = (token: string) =>
    writeHead("GET", "/apps/prod/processes/000000000001/exec", token, {
      ...UPGRADE,
      "Sec-WebSocket-Protocol": "porthole.rack.v1",
    });
  const limits = { sessionsPerUser: 1, sessions: 500, lookUpsPerSecond: 1 };
  await using rack = startRack({
    users: [ann],
    clusters,
    setup: { limits },
    exec: ({ slot, accept }) => {
      const socket = accept({
        onText() {},
        onBinary() {},
        onAlive() {},
        onClose() {},
      });
      return new Promise((resolve) =>
        slot.ended.addEventListener("abort", () => {
          socket.close();
          resolve();
        })
      );
    },
  });
  assert.equal((await sendRaw(rack.port, exec(ann.token))).status, 101);
  const second = await sendRaw(rack.port, exec(ann.token));
  assert.equal(second.status, 429);
  assert.match(second.body, /too many sessions \(1\)/);
  const get = writeHead("GET", "/apps/prod/processes", ann.token);
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) {
    statuses.push((await sendRaw(rack.port, get)).status);
  }
  assert.ok(statuses.includes(429), `${statuses}`);

  await using unread = startRack({
    users: [],
    clusters,
    setup: { userWatch: { current: () => undefined, onLook() {} } },
  });
  const answer = await sendRaw(unread.port, get);
  assert.equal(answer.status, 503);
  assert.match(answer.body, /users cannot be read, try again/);
  assert.equal(
    (await sendRaw(unread.port, writeHead("GET", "/check", undefined))).status,
    200,
  );

  // What stalls does so for the refusal, too: nobody waits for that.
  await using stalled = startRack({
    users: [ann],
    clusters,
    setup: {
      audit: {
        write: ({ event }) =>
          event === "refuse"
            ? new Promise(() => {})
            : Promise.reject(new AuditRefusal()),
      },
    },
  });
  const refused = await sendRaw(
    stalled.port,
    writeHead("POST", "/porthole/terminate", ann.token, {
      "Porthole-Ticket": stalled.sign(ann.user),
      "Content-Length": "0",
    }),
  );
  assert.equal(refused.status, 503);
  assert.match(refused.body, /the audit cannot be written/);
  assert.deepEqual(stalled.calls, []);
});

Deno.test("a task that was just run is looked for anew, whatever was read a moment ago", async () => {
  const ann = createTestUser("ann", ["run:prod/web"]);
  await using rack = startRack({
    users: [ann],
    clusters: { prod: { web: [createTask("prod", "1")] } },
  });
  const ask = (method: string, path: string, headers = {}) =>
    sendRaw(rack.port, writeHead(method, path, ann.token, headers));
  const looks = () =>
    rack.calls.filter((call) => call === "listTaskIds prod -").length;
  await ask("GET", "/apps/prod/processes");
  await ask("GET", "/apps/prod/processes");
  assert.equal(looks(), 1);
  const { status } = await ask("POST", "/apps/prod/services/web/processes", {
    Command: "sleep 60",
  });
  assert.equal(status, 200);
  await ask("GET", "/apps/prod/processes/000000000abc");
  assert.equal(looks(), 2);
});

Deno.test("clients that leave before they are accepted neither hold a rack's others up nor are told", async () => {
  await using rack = startRack({
    users: [],
    clusters: {},
    acceptFailures: [
      new Deno.errors.NotConnected("gone"),
      new Deno.errors.ConnectionAborted("gone"),
      new Deno.errors.ConnectionReset("gone"),
      new Error("Too many open files"),
    ],
  });
  assert.equal(
    (await sendRaw(rack.port, writeHead("GET", "/check", undefined))).body,
    "ok\n",
  );
  const told = rack.said.filter((line) => line.includes("Cannot accept"));
  assert.equal(told.length, 1);
  assert.match(told[0]!, /Too many open files/);
});
