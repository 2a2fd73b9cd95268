import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";
import type { RequestHead } from "../../../src/rack/http/parse_head.ts";
import type { HttpAnswer } from "../../../src/rack/http/serve_http.ts";
import { createSessionTable } from "../../../src/rack/limits/session_table.ts";
import { createLookUp } from "../../../src/rack/look_up/look_up.ts";
import { AuditRefusal } from "../../../src/rack/refusal.ts";
import { answerRequest } from "../../../src/rack/routes/answer_request.ts";
import type { RackRoom } from "../../../src/rack/routes/request.ts";
import type { ExecCall } from "../../../src/rack/sessions/session_call.ts";
import type { Ticket } from "../../../src/rack/tickets/ticket.ts";
import { recordLog } from "../../exec/fake_log.ts";
import {
  createTask,
  createTestAccess,
  createTestUser,
  idOf,
  runTags,
  UPGRADE,
} from "../start_rack.ts";

const ann = createTestUser("ann", ["exec:prod/web", "run:prod/web"]);
const NOW = new Date("2026-01-02T03:04:05Z");
const OPENED = new Date("2026-01-02T03:00:00Z");

const TICKET: Ticket = {
  app: "prod",
  service: "web",
  run: false,
  sessionId: "ecs-execute-command-1",
  target: "ecs:prod_1_1-1",
  task: "1",
  container: "main",
  user: ann.user.id,
  opened: OPENED,
  until: new Date("2026-01-03T00:00:00Z"),
};

const SOCKET: ReturnType<ExecCall["accept"]> = {
  send: () => {},
  sendRawText: () => {},
  ping: () => {},
  pause: () => {},
  resume: () => {},
  waiting: () => 0,
  drained: () => Promise.resolve(),
  close: () => {},
};

/** A rack without a network: its room, and what it does. */
function openRoom(more: Partial<RackRoom> = {}) {
  const done: string[] = [];
  const leave: (() => void)[] = [];
  const audit: AuditEntry[] = [];
  const { log, said } = recordLog();
  const { access } = createTestAccess({
    prod: {
      web: [createTask("prod", "1", { group: "service:web" })],
      "": [createTask("prod", "2", { tags: runTags(ann.user, "web") })],
    },
  });
  const table = createSessionTable({
    now: () => NOW,
    perUser: 9,
    inAll: 9,
    maxSessionMs: 60_000,
    terminate: () => Promise.resolve(true),
  });
  const room: RackRoom = {
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
      apps: ["prod"],
      access,
      findOwn: () => Promise.resolve({ roles: [] }),
      now: () => NOW,
    }),
    settings: {
      read: () => Promise.resolve({ status: "running", ecsExec: "Yes" }),
      change: () => Promise.resolve(["ok"]),
      findOwn: () => Promise.resolve({ roles: [] }),
    },
    table: {
      ...table,
      adopt: (_, sessionId, opened) =>
        void done.push(`adopt ${sessionId} ${opened.toISOString()}`),
      forget: (sessionId) => void done.push(`forget ${sessionId}`),
    },
    tasks: {
      stopTask: (_, id, reason) => {
        done.push(`stop ${id}, ${reason}`);
        return Promise.resolve();
      },
    },
    sessionsOf: () => ({
      open: () => Promise.reject(new Error("not asked for")),
      signUpgrade: () => Promise.reject(new Error("not asked for")),
      createDataKey: () => Promise.reject(new Error("not asked for")),
      resumeSession: () => Promise.reject(new Error("not asked for")),
      isEncrypted: () => Promise.resolve(false),
      presign: (url) => Promise.resolve(`${url}?signed`),
      renew: () => Promise.resolve({ tokenValue: "T0KEN", streamUrl: "wss:" }),
      terminateSession: () => Promise.resolve(),
    }),
    readTicket: (text) => text === "ticket" ? TICKET : undefined,
    users: () => new Map([["ann", ann.user]]),
    countBadToken: (address) => void done.push(`bad token of ${address}`),
    mayLookUp: () => true,
    isDraining: () => false,
    allow: { run: true, params: true, update: true },
    gen1: [],
    exec: ({ place }) => {
      done.push(`exec in ${place.task.id}`);
      return Promise.resolve();
    },
    run: ({ service }) => {
      done.push(`run ${service}`);
      return Promise.resolve(createTask("prod", "3"));
    },
    deps: { now: () => NOW, sleep: () => Promise.resolve() },
    log,
    ...more,
  };
  const ask = async (
    request: string,
    headers: Readonly<Record<string, string>> = {},
    token = ann.token,
  ): Promise<HttpAnswer> => {
    const [method = "", target = ""] = request.split(" ");
    const [path = "", query] = target.split("?");
    const head: RequestHead = {
      method,
      path,
      query,
      headers: new Map([
        ["authorization", `Basic ${btoa(`x:${token}`)}`],
        ...Object.entries(headers).map(([name, value]) =>
          [name.toLowerCase(), value] as const
        ),
      ]),
      bodyLength: 0,
    };
    const answers: HttpAnswer[] = [];
    await answerRequest({
      head,
      address: "192.0.2.1",
      admit: () => {},
      readBody: () => Promise.resolve(new Uint8Array()),
      answer: (answer) => {
        answers.push(answer);
        return Promise.resolve();
      },
      upgrade: ({ onClose }) => {
        answers.push({ status: 101, body: "" });
        leave.push(() => onClose("left"));
        return { ...SOCKET, close: () => void done.push("close") };
      },
    }, room);
    assert.equal(answers.length, 1);
    return answers[0]!;
  };
  return { room, ask, done, audit, said, leave };
}

const RUN = "POST /apps/prod/services/web/processes";
const EXEC = `GET /apps/prod/processes/${idOf("1")}/exec`;
const STOP = `DELETE /apps/prod/processes/${idOf("2")}`;

Deno.test("a request without a token that counts is counted by its address, a health check is not", async () => {
  const { ask, done } = openRoom();
  assert.equal((await ask("GET /check", {}, "x")).status, 200);
  assert.deepEqual(done, []);
  for (const token of ["x", `${ann.token}x`]) {
    assert.equal((await ask("GET /auth", {}, token)).status, 401);
  }
  assert.deepEqual(done, ["bad token of 192.0.2.1", "bad token of 192.0.2.1"]);
  assert.equal((await ask("GET /auth")).status, 200);
  assert.equal(done.length, 2);
});

Deno.test("only what is an exec or a log is upgraded", async () => {
  const { ask, done } = openRoom();
  for (const request of ["GET /auth", "GET /apps", "GET /system"]) {
    assert.equal((await ask(request, UPGRADE)).status, 404, request);
  }
  for (const request of [EXEC, "GET /system/logs"]) {
    assert.equal((await ask(request)).status, 404, request);
  }
  const porthole = {
    ...UPGRADE,
    "Sec-WebSocket-Protocol": "porthole.rack.v1",
  };
  for (const headers of [porthole, { ...UPGRADE, Command: "id" }]) {
    const answer = await ask(`${EXEC}?command=id`, headers);
    assert.equal(answer.status, 400);
    assert.match(answer.body, /a query is not allowed here/);
  }
  assert.deepEqual(done, []);
});

Deno.test("four logs are held for a user, each for 35 minutes or until it is left, and then closed", async () => {
  const waits: number[] = [];
  const { ask, done, leave } = openRoom({
    deps: {
      now: () => NOW,
      sleep: (ms, signal) => {
        waits.push(ms);
        return new Promise((resolve) =>
          signal?.addEventListener("abort", () => resolve())
        );
      },
    },
  });
  const held = Array.from(
    { length: 4 },
    () => ask("GET /system/logs", UPGRADE),
  );
  const isRefused = async () =>
    (await ask("GET /system/logs", UPGRADE)).status === 429;
  assert.equal(await isRefused(), true);
  assert.deepEqual(waits, Array(4).fill(35 * 60_000));
  for (const at of [0, 1]) {
    leave[at]!();
    assert.equal((await held[at])?.status, 101);
  }
  assert.deepEqual(done, ["close", "close"]);
  // Two have left, and so there is room for two.
  const more = [1, 2].map(() => ask("GET /system/logs", UPGRADE));
  assert.equal(await isRefused(), true);
  for (const one of leave.slice(2)) one();
  await Promise.all([...held, ...more]);
  assert.equal(done.length, 6);
});

Deno.test("nothing is run where the rack may not, or stops", async () => {
  const may = { run: false, params: true, update: true };
  for (
    const [more, status, message] of [
      [{ allow: may }, 403, /this rack runs without --allow-run/],
      [{ isDraining: () => true }, 503, /the rack is restarting/],
    ] as const
  ) {
    const { ask, done, audit } = openRoom(more);
    const answer = await ask(RUN, { Command: "id" });
    assert.equal(answer.status, status);
    assert.match(answer.body, message);
    assert.deepEqual(done, []);
    assert.deepEqual(audit.map(({ event, verb }) => [event, verb]), [
      ["refuse", "run"],
    ]);
  }
  const { ask, done } = openRoom();
  assert.equal((await ask(RUN, { Command: "id" })).status, 200);
  assert.deepEqual(done, ["run web"]);
});

Deno.test("what the audit does not get is not done", async () => {
  const { ask, done } = openRoom({
    audit: { write: () => Promise.reject(new AuditRefusal()) },
  });
  const ticket = { "Porthole-Ticket": "ticket" };
  for (
    const [request, headers] of [
      [STOP, {}],
      ["POST /porthole/resume", ticket],
      ["POST /porthole/terminate", ticket],
    ] as const
  ) {
    const answer = await ask(request, headers);
    assert.equal(answer.status, 503, request);
    assert.match(answer.body, /the audit cannot be written/);
  }
  assert.deepEqual(done, []);
  const open = openRoom();
  assert.equal((await open.ask(STOP)).status, 200);
  assert.deepEqual(open.done, [`stop ${idOf("2")}, stopped by ann`]);
});

Deno.test("what AWS said is for the rack's log, and for neither the asker nor the audit", async () => {
  const secret = "role/hidden is not authorized on secret-cluster";
  const { ask, audit, said } = openRoom({
    run: () => Promise.reject(new PortholeError("access_denied", secret)),
  });
  const answer = await ask(RUN, { Command: "id" });
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(answer.body), {
    error: "the rack cannot do this now (access_denied), try again",
    hint: "the rack's log has the reason",
  });
  assert.doesNotMatch(JSON.stringify(audit), /hidden|secret-cluster/);
  assert.deepEqual(said, [`warn: ${secret}`]);
});

Deno.test("a session that is resumed counts from when it was opened; one that has ended no longer counts", async () => {
  const ticket = { "Porthole-Ticket": "ticket" };
  const open = openRoom();
  const resumed = await open.ask("POST /porthole/resume", ticket);
  assert.equal(resumed.status, 200);
  assert.deepEqual(open.done, [
    `adopt ${TICKET.sessionId} ${OPENED.toISOString()}`,
  ]);
  assert.equal(
    (await open.ask("POST /porthole/terminate", ticket)).status,
    200,
  );
  assert.equal(open.done[1], `forget ${TICKET.sessionId}`);

  const over = openRoom();
  const sessions = over.room.sessionsOf({ name: "", id: "", address: "" });
  const ended = openRoom({
    sessionsOf: () => ({
      ...sessions,
      renew: () => Promise.resolve(undefined),
    }),
  });
  const answer = await ended.ask("POST /porthole/resume", ticket);
  assert.equal(answer.status, 404);
  assert.match(answer.body, /the session has ended/);
  assert.deepEqual(ended.done, [`forget ${TICKET.sessionId}`]);
});

Deno.test("an exec that is over, or has failed, leaves its share of the limits", async () => {
  const headers = { ...UPGRADE, "Sec-WebSocket-Protocol": "porthole.rack.v1" };
  let seen = 0;
  const { room, ask } = openRoom({
    exec: ({ accept, slot }) => {
      seen = room.table.relays();
      accept({ onText() {}, onBinary() {}, onAlive() {}, onClose() {} });
      return slot.ended.aborted ? Promise.reject() : Promise.resolve();
    },
  });
  assert.equal((await ask(EXEC, headers)).status, 101);
  assert.equal(seen, 1);
  assert.equal(room.table.relays(), 0);
});

Deno.test("what a client of Convox's says in its headers: a terminal unless it has none", async () => {
  const dialects: unknown[] = [];
  const { ask } = openRoom({
    exec: ({ accept, dialect }) => {
      dialects.push(dialect);
      accept({ onText() {}, onBinary() {}, onAlive() {}, onClose() {} });
      return Promise.resolve();
    },
  });
  const command = { ...UPGRADE, Command: "l\xc3\xa9s" };
  const convox = { kind: "convox", command: "l\u00e9s", entrypoint: false };
  for (
    const [headers, more] of [
      [{}, { tty: true }],
      [{ Tty: "true", Entrypoint: "true" }, { tty: true, entrypoint: true }],
      [{ Tty: "false", Entrypoint: "1" }, { tty: false }],
      [{ Width: "99", Height: "50" }, {
        tty: true,
        size: { columns: 99, rows: 50 },
      }],
      [{ Width: "99" }, { tty: true }],
      [{ Width: "0", Height: "100000" }, { tty: true }],
    ] as const
  ) {
    assert.equal((await ask(EXEC, { ...command, ...headers })).status, 101);
    assert.deepEqual(dialects.pop(), { ...convox, ...more });
  }
});
