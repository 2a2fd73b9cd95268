import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  createTask,
  createTestUser,
  idOf,
  readAnswer,
  runTags,
  sendRaw,
  startRack,
  type TestRack,
  type TestUser,
  UPGRADE,
  writeHead,
} from "./start_rack.ts";

const LONG = Deno.env.get("PORTHOLE_TEST_LONG") === "1";
const CASES = LONG ? 10_000 : 1_000;
const HELD = LONG ? 1_000 : 300;
const AT_ONCE = 16;
const V1 = { ...UPGRADE, "Sec-WebSocket-Protocol": "porthole.rack.v1" };
const UNSEEN = '{\n  "error": "not found, or not allowed for this token"\n}\n';

// --- every route with every kind of token

interface RouteCase {
  readonly name: string;
  readonly send: (
    user: TestUser,
    token: string | undefined,
    rack: TestRack,
  ) => string;
  /** What each kind of user gets; all others 404. */
  readonly allowed: Readonly<Record<string, number>>;
}

const ANY = { list: 200, exec: 200, run: 200, admin: 200, other: 200 } as const;
const SEES_APP = { list: 200, exec: 200, run: 200, other: 200 } as const;

function get(path: string): RouteCase["send"] {
  return (_, token) => writeHead("GET", path, token);
}

function post(verb: string): RouteCase["send"] {
  return ({ user }, token, rack) =>
    writeHead("POST", `/porthole/${verb}`, token, {
      "Porthole-Ticket": rack.sign(user),
    });
}

const FORM = "parameters=ECSExec%3DYes";

const ROUTES: readonly RouteCase[] = [
  { name: "auth", send: get("/auth"), allowed: ANY },
  { name: "racks", send: get("/racks"), allowed: ANY },
  { name: "a rack", send: get("/racks/porthole/test"), allowed: ANY },
  { name: "system", send: get("/system"), allowed: ANY },
  {
    name: "parameters",
    send: (_, token) =>
      writeHead("PUT", "/system", token, {
        "Content-Length": `${FORM.length}`,
      }) + FORM,
    allowed: { list: 403, exec: 403, run: 403, admin: 200, other: 403 },
  },
  {
    name: "logs",
    send: (_, token) => writeHead("GET", "/system/logs", token, UPGRADE),
    allowed: { list: 101, exec: 101, run: 101, admin: 101, other: 101 },
  },
  { name: "apps", send: get("/apps"), allowed: ANY },
  { name: "an app", send: get("/apps/prod"), allowed: SEES_APP },
  { name: "a budget", send: get("/apps/prod/budget"), allowed: SEES_APP },
  { name: "services", send: get("/apps/prod/services"), allowed: SEES_APP },
  { name: "processes", send: get("/apps/prod/processes"), allowed: SEES_APP },
  {
    name: "a process",
    send: get("/apps/prod/processes/000000000001"),
    allowed: { list: 200, exec: 200, run: 200 },
  },
  {
    name: "a process of another service",
    send: get("/apps/prod/processes/000000000002"),
    allowed: { other: 200 },
  },
  {
    name: "a process of another app",
    send: get("/apps/else/processes/000000000003"),
    allowed: {},
  },
  {
    name: "exec",
    send: (_, token) =>
      writeHead("GET", "/apps/prod/processes/000000000001/exec", token, V1),
    allowed: { exec: 101 },
  },
  {
    name: "exec without an upgrade",
    send: get("/apps/prod/processes/000000000001/exec"),
    allowed: {},
  },
  {
    name: "exec in one's own run task",
    send: (_, token) =>
      writeHead("GET", "/apps/prod/processes/000000000004/exec", token, V1),
    allowed: { run: 101 },
  },
  {
    name: "stop of one's own run task",
    send: (_, token) =>
      writeHead("DELETE", "/apps/prod/processes/000000000004", token),
    allowed: { run: 200 },
  },
  {
    name: "stop of a service's task",
    send: (_, token) =>
      writeHead("DELETE", "/apps/prod/processes/000000000001", token),
    allowed: {},
  },
  {
    name: "run",
    send: (_, token) =>
      writeHead("POST", "/apps/prod/services/web/processes", token),
    allowed: { run: 200 },
  },
  { name: "resume", send: post("resume"), allowed: { exec: 200 } },
  { name: "terminate", send: post("terminate"), allowed: { exec: 200 } },
  { name: "a route that is none", send: get("/machines"), allowed: {} },
];

Deno.test("every route with every kind of token", async () => {
  const users: Readonly<Record<string, TestUser>> = {
    list: createTestUser("list", ["list:prod/web"]),
    exec: createTestUser("exec", ["exec:prod/web"]),
    run: createTestUser("run", ["run:prod/web"]),
    admin: createTestUser("admin", [], { admin: true }),
    other: createTestUser("other", ["exec:prod/api"]),
    expired: createTestUser("expired", ["exec:*/*", "run:*/*"], {
      admin: true,
      expires: new Date(1),
    }),
  };
  const removed = createTestUser("removed", ["exec:*/*"], { admin: true });
  await using rack = startRack({
    users: Object.values(users),
    clusters: {
      prod: {
        web: [createTask("prod", "1", { group: "service:web" })],
        api: [createTask("prod", "2", { group: "service:api" })],
        "": [
          createTask("prod", "4", {
            group: "family:web",
            tags: runTags(users.run!.user, "web"),
          }),
        ],
      },
      else: { web: [createTask("else", "3", { group: "service:web" })] },
    },
  });
  for (const { name, send, allowed } of ROUTES) {
    for (const [kind, user] of Object.entries(users)) {
      const { status, body } = await sendRaw(
        rack.port,
        send(user, user.token, rack),
      );
      const wanted = kind === "expired" ? 401 : allowed[kind] ?? 404;
      assert.equal(status, wanted, `${name} as ${kind}: ${body}`);
      if (status === 404) assert.equal(body, UNSEEN, `${name} as ${kind}`);
    }
    const strangers: readonly (string | undefined)[] = [
      undefined,
      "",
      "exec.",
      `exec.${"A".repeat(43)}`,
      `nobody.${"A".repeat(43)}`,
      users.exec!.token.slice(0, -1),
      `${users.exec!.token}A`,
      users.exec!.token.replace("exec.", "admin."),
      users.exec!.user.sha256,
      removed.token,
    ];
    for (const token of strangers) {
      const { status, body } = await sendRaw(
        rack.port,
        send(users.exec!, token, rack),
      );
      assert.equal(status, 401, `${name} with ${token}`);
      assert.equal(body, '{\n  "error": "invalid authentication"\n}\n');
    }
  }
  checkAudit(rack);
});

/** Whatever acts has a line of its own, before it. */
function checkAudit({ audit, calls }: Pick<TestRack, "audit" | "calls">): void {
  const count = (name: string) =>
    calls.filter((call) => call.split(" ")[0] === name).length;
  const lines = (name: string) =>
    audit.filter(({ event }) => event === name).length;
  assert.equal(count("stopTask"), lines("stop"));
  assert.equal(count("renew"), lines("resume"));
  assert.equal(count("terminate"), lines("terminate"));
}

// --- many attacks of many kinds

/** Numbers that a seed tells, all of them. */
function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(list: readonly T[]): T => list[below(list.length)]!,
    bytes: (count: number) =>
      Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}

type Random = ReturnType<typeof createRandom>;

const SEGMENTS = [
  "apps",
  "prod",
  "else",
  "processes",
  "services",
  "exec",
  "web",
  "secret",
  "..",
  ".",
  "",
  "%2e%2e",
  "%2f",
  "%00",
  "prod%2fprocesses",
  "000000000001",
  "000000000002",
  "000000000003",
  "000000000009",
  "0",
  "1",
  "*",
  "system",
  "logs",
  "porthole",
  "resume",
  "terminate",
  "auth",
  "check",
  "racks",
  idOf("1"),
  idOf("2"),
  "rack",
  "\\",
  ";",
  "prod;a",
  "~",
  "PROD",
  "apps?",
  "@",
  "a".repeat(300),
];

const ENDINGS = [
  "\r\n",
  "\n",
  "\r",
  "\r\r\n",
  "\0\r\n",
  " \r\n",
  "\t\r\n",
  "\r\n ",
];

const LINES = [
  "Transfer-Encoding: chunked",
  "Transfer-Encoding : chunked",
  "transfer-encoding: xchunked",
  "Content-Length: 5",
  "Content-Length: 0",
  "Content-Length: -1",
  "Content-Length: 5, 5",
  "Content-Length: 5\r\nContent-Length: 6",
  " Content-Length: 5",
  "Content-Length\t: 5",
  "X: a\r\n\tb: c",
  "Host: other",
  "Upgrade: h2c",
  "Connection: close, Upgrade",
  "Origin: https://evil.example.com",
  "X-Forwarded-For: 127.0.0.1",
  "Expect: 100-continue",
  "Command: id",
  "Authorization: Basic x",
  `Cookie: ${"c".repeat(9_000)}`,
  "Porthole-Ticket: a.b",
  "Authorization: Bearer x",
  "X\0: a",
  "X: \x7f",
  ": a",
  "X",
  "\xff: a",
  "X: \xff",
];

interface Attack {
  readonly kind: string;
  readonly bytes: Buffer;
  /** What is sent once the first part has been answered. */
  readonly behind?: Buffer;
  /** Whether its token counts. */
  readonly known: boolean;
}

/** The bytes of one attack; whether its token counts. */
function makeAttack(
  random: Random,
  token: string,
): Attack {
  const known = random.below(3) > 0;
  const shown = known ? token : random.pick([
    undefined,
    "",
    "x",
    token.slice(0, -1),
    `${token}A`,
    token.toUpperCase(),
    `\0${token}`,
  ]);
  const path = `/${
    Array.from({ length: 1 + random.below(6) }, () => random.pick(SEGMENTS))
      .join("/")
  }`;
  const method = random.pick([
    "GET",
    "GET",
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
  ]);
  const plain = random.pick([
    writeHead(method, path, shown),
    writeHead("GET", "/apps/prod/processes", shown),
    writeHead("GET", "/apps/prod/processes/000000000002/exec", shown, V1),
    writeHead("GET", "/apps/prod/processes/000000000002/exec", shown, {
      ...UPGRADE,
      Command: "id",
    }),
    writeHead("DELETE", "/apps/prod/processes/000000000002", shown),
    writeHead("POST", "/apps/prod/services/secret/processes", shown),
    writeHead("POST", "/porthole/resume", shown, {
      "Porthole-Ticket": random.bytes(40).toString("base64url") + "." +
        "A".repeat(43),
    }),
  ]);
  const make = (kind: string, text: string | Buffer) => ({
    kind,
    known,
    bytes: typeof text === "string" ? Buffer.from(text, "latin1") : text,
  });
  switch (random.below(8)) {
    case 0:
      return make("path", writeHead(method, path, shown));
    case 1: {
      const lines = plain.split("\r\n");
      lines.splice(1 + random.below(lines.length - 2), 0, random.pick(LINES));
      return make("line", lines.join("\r\n"));
    }
    case 2: {
      const lines = plain.split("\r\n");
      const at = random.below(lines.length);
      return make(
        "ending",
        lines.map((line, one) =>
          line + (one === at ? random.pick(ENDINGS) : "\r\n")
        ).join(""),
      );
    }
    case 3: {
      const bytes = Buffer.from(plain, "latin1");
      for (let count = 1 + random.below(4); count > 0; count--) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      return make("flipped", bytes);
    }
    case 4:
      return make("cut", plain.slice(0, random.below(plain.length)));
    case 5:
      return make("two requests", plain + writeHead("GET", "/system", token));
    case 6:
      return make(
        "smuggled",
        [
          writeHead("POST", path, shown, {
            "Content-Length": `${random.below(90)}`,
            ...(random.below(2) === 0
              ? { "Transfer-Encoding": "chunked" }
              : {}),
          }),
          "0\r\n\r\n",
          writeHead("GET", "/apps/prod/processes", token),
        ].join(""),
      );
    default:
      // Frames behind an upgrade, which succeeds where the token counts.
      return {
        ...make(
          "frames",
          writeHead("GET", "/apps/prod/processes/000000000001/exec", shown, {
            ...UPGRADE,
            Command: "id",
          }),
        ),
        behind: makeFrames(random),
      };
  }
}

/** Frames as no client sends them: without a mask, with reserved bits, too long, in parts without an end, or noise. */
function makeFrames(random: Random): Buffer {
  const frame = () => {
    const payload = random.bytes(random.below(130));
    const first = random.pick([0x80, 0x00, 0x40, 0x10]) | random.below(16);
    const masked = random.pick([0x80, 0x80, 0]);
    const length = random.pick([
      Buffer.from([masked | Math.min(payload.length, 125)]),
      Buffer.from([masked | 126, 0, payload.length]),
      Buffer.from([masked | 127, 0, 0, 0, 0, 0, 0, 0, payload.length]),
      Buffer.from([masked | 127, 255, 255, 255, 255, 255, 255, 255, 255]),
      Buffer.from([masked | 127, 0, 0, 0, 0, 0, 5, 0, 1]),
    ]);
    return Buffer.concat([
      Buffer.from([first]),
      length,
      random.bytes(4),
      payload,
    ]);
  };
  return Buffer.concat(Array.from({ length: 1 + random.below(5) }, frame));
}

const STATUSES = [0, 101, 200, 400, 401, 403, 404, 413, 429, 431, 501, 505];

Deno.test(`${CASES} attacks: one answer at most, and nothing that was not to be had`, async () => {
  const seed = Number(
    Deno.env.get("PORTHOLE_TEST_SEED") ?? Date.now() % 2 ** 32,
  );
  console.log(`seed: ${seed} (PORTHOLE_TEST_SEED repeats it)`);
  const random = createRandom(seed);
  const ann = createTestUser("ann", ["exec:prod/web", "run:prod/web"]);
  await using rack = startRack({
    users: [ann],
    clusters: {
      prod: {
        web: [createTask("prod", "1", { group: "service:web" })],
        secret: [createTask("prod", "2", { group: "service:secret" })],
      },
      else: { secret: [createTask("else", "3", { group: "service:secret" })] },
    },
    setup: {
      limits: {
        sessionsPerUser: 1_000,
        sessions: 1_000,
        lookUpsPerSecond: 1e9,
      },
    },
  });
  const attacks = Array.from({ length: CASES }, (_, at) => ({
    ...makeAttack(random, ann.token),
    at,
  }));
  const counts = new Map<string, number>();
  const work = async () => {
    for (let attack = attacks.shift(); attack; attack = attacks.shift()) {
      const { kind, bytes, behind, known, at } = attack;
      const about = `case ${at} of seed ${seed}, ${kind}: ${
        JSON.stringify(bytes.toString("latin1"))
      }`;
      const text = await sendAndEnd(rack.port, bytes, behind);
      const heads = text.match(/HTTP\/1\.1 \d{3} /g) ?? [];
      assert.ok(heads.length <= 1, `${about} got ${text}`);
      const status = Number(heads[0]?.slice(9, 12) ?? 0);
      assert.ok(STATUSES.includes(status), `${about} got ${text}`);
      assert.ok(
        text === "" || text.startsWith("HTTP/1.1 "),
        `${about} got ${text}`,
      );
      for (
        const hidden of [
          "secret",
          idOf("2"),
          idOf("3"),
          ann.token,
          ann.user.sha256,
        ]
      ) {
        assert.ok(!text.includes(hidden), `${about} got ${text}`);
      }
      const isOpen = bytes.toString("latin1").startsWith("GET /check ");
      if (!known && !isOpen && kind !== "flipped") {
        assert.ok(
          [0, 400, 401, 413, 431, 501, 505].includes(status),
          `${about} got ${text}`,
        );
      }
      counts.set(
        `${kind} ${status}`,
        (counts.get(`${kind} ${status}`) ?? 0) + 1,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(Object.fromEntries([...counts].toSorted()));
  // What was done is what the user may do: to run, and to enter the one task. All else only looked.
  const LOOKS = /^(list|describe)/;
  assert.deepEqual(
    [...new Set(rack.calls.filter((call) => !LOOKS.test(call)))].filter((
      call,
    ) => call !== "run prod web"),
    [],
  );
  assert.ok(rack.execs.every(({ place }) => place.task.id === idOf("1")));
  const check = await sendRaw(rack.port, writeHead("GET", "/check", undefined));
  assert.equal(check.body, "ok\n");
  for (
    const line of [
      ...rack.said,
      ...rack.audit.map((one) => JSON.stringify(one)),
    ]
  ) {
    assert.ok(!line.includes(ann.token.slice(4)), line);
  }
});

/** Sends, ends our half, and reads to the end. */
async function sendAndEnd(
  port: number,
  bytes: Uint8Array,
  behind?: Uint8Array,
): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const chunks: Uint8Array[] = [];
  try {
    const send = async (all: Uint8Array) => {
      for (let at = 0; at < all.length;) {
        at += await connection.write(all.subarray(at));
      }
    };
    await send(bytes);
    if (behind !== undefined) {
      const { head } = await readAnswer(connection);
      chunks.push(Buffer.from(`${head}

`));
      await send(behind);
    }
    await connection.closeWrite();
    const chunk = new Uint8Array(16 * 1024);
    for (;;) {
      const count = await connection.read(chunk);
      if (count === null) break;
      chunks.push(chunk.slice(0, count));
    }
  } catch {
    // The rack has closed with bytes of ours unread.
  } finally {
    connection.close();
  }
  return Buffer.concat(chunks).toString("latin1");
}

// --- many connections

Deno.test(`${HELD} connections that say nothing: those who ask are answered`, async () => {
  const ann = createTestUser("ann", ["exec:prod/web"]);
  await using rack = startRack({
    users: [ann],
    clusters: { prod: { web: [] } },
  });
  const held: Deno.TcpConn[] = [];
  for (let at = 0; at < HELD; at++) {
    const connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: rack.port,
    });
    held.push(connection);
    if (at % 3 === 0) await connection.write(Buffer.from("GET / HT"));
  }
  assert.equal(
    (await sendRaw(rack.port, writeHead("GET", "/check", undefined))).status,
    200,
  );
  assert.equal(
    (await sendRaw(rack.port, writeHead("GET", "/auth", ann.token))).status,
    200,
  );
  // The oldest had to go; the newest are still waited for.
  const [oldest] = held;
  assert.equal(await oldest!.read(new Uint8Array(1)).catch(() => null), null);
  const newest = held.at(-2)!;
  const rest = (held.length - 2) % 3 === 0
    ? "TP/1.1\r\nHost: a\r\n\r\n"
    : "GET /check HTTP/1.1\r\nHost: a\r\n\r\n";
  await newest.write(Buffer.from(rest));
  assert.ok((await readAnswer(newest)).status > 0);
  for (const connection of held) connection.close();
});
