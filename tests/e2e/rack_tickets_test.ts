import assert from "node:assert/strict";
import { signTicket } from "../../src/rack/tickets/ticket.ts";
import { startBalancer } from "../sandbox/start_balancer.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { openHandoff } from "./open_handoff.ts";
import { type Porthole, testPorthole } from "./run_porthole.ts";
import {
  addUser,
  rackUrl,
  type ServedRack,
  startServedRack,
} from "./start_served_rack.ts";

const sandbox = await startSandbox();
Deno.test.afterAll(() => sandbox.close());

const KEY = "k".repeat(40);

/** What all processes of a rack have in common. */
async function prepareRack(porthole: Porthole) {
  const folder = await Deno.makeTempDir();
  const writeKey = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, `${text}\n`);
    return `${folder}/${name}`;
  };
  const users = `file:${folder}/users.json`;
  const token = await addUser(porthole, users, "ann", ["exec:default/*"]);
  const key = await writeKey("key", KEY);
  const serve = (...flags: readonly string[]) =>
    startServedRack(porthole, sandbox, {
      token,
      users,
      flags: [
        "--name",
        "prod",
        ...(flags.includes("--ticket-key") ? [] : ["--ticket-key", key]),
        ...flags,
      ],
    });
  return { folder, users, token, serve, writeKey };
}

const count = (operation: string) =>
  sandbox.requests().filter((one) => one.operation === operation).length;

testPorthole(
  "a session that was handed off is resumed and ended through another process of its rack, and after a restart",
  async (porthole) => {
    const { token, serve } = await prepareRack(porthole);
    const balancer = startBalancer(0);
    const first = await serve();
    const second = await serve();
    balancer.register(first.port);
    try {
      const resumed = () =>
        sandbox.events().filter(({ kind }) => kind === "resumed").length;
      const before = resumed();
      const ended = count("TerminateSession");
      const running = porthole.start([
        "exec",
        "worker",
        "--command",
        "echo one; read a; echo $a; read b; echo $b; exit 6",
      ], {
        env: { PORTHOLE_RACK: rackUrl(balancer.port, token) },
        stdin: "silent",
      });
      await running.waitFor("one");
      // The one that has opened it is killed, and goes on in the other.
      const replace = async (gone: ServedRack, next: ServedRack) => {
        gone.running.kill("SIGKILL");
        await gone.running.result;
        balancer.deregister(gone.port);
        balancer.register(next.port);
        sandbox.dropConnections();
      };
      await replace(first, second);
      await running.write("two\n");
      await running.waitFor("two");
      const third = await serve();
      await replace(second, third);
      await running.write("three\n");
      await running.waitFor("three");
      const { status, stderr } = await running.result;
      assert.equal(status, 6, stderr);
      assert.equal(resumed() - before, 2);
      assert.equal(count("TerminateSession") - ended, 1);
      const { sessionId } = sandbox.sessions().at(-1)!;
      for (
        const [rack, events] of [
          [second, ["resume"]],
          [third, ["resume", "terminate"]],
        ] as const
      ) {
        const told = rack.audit().filter(({ session }) =>
          session === sessionId
        );
        assert.deepEqual(told.map(({ event }) => event), events);
        assert.ok(
          told.every(({ user, task, container }) =>
            user === "ann" && container === "worker" &&
            task === sandbox.tasks("worker")[0]!.taskId
          ),
        );
      }
      await third.stop();
    } finally {
      await balancer.close();
    }
  },
);

/** Shows a ticket to a rack. */
async function show(
  verb: "resume" | "terminate",
  port: number,
  token: string,
  ticket: string | undefined,
) {
  const answer = await fetch(`http://127.0.0.1:${port}/porthole/${verb}`, {
    method: "POST",
    headers: {
      Authorization: `Basic ${btoa(`convox:${token}`)}`,
      ...(ticket === undefined ? {} : { "Porthole-Ticket": ticket }),
    },
  });
  return { status: answer.status, body: await answer.text() };
}

testPorthole(
  "a ticket that is forged, another rack's, another user's, or expired opens nothing, and all get one answer; so does one of a scope that was narrowed",
  async (porthole) => {
    const { folder, users, token, serve, writeKey } = await prepareRack(
      porthole,
    );
    const ben = await addUser(porthole, users, "ben", ["exec:default/*"]);
    const rack = await serve();
    const otherKey = await serve(
      "--ticket-key",
      await writeKey("other", "o".repeat(40)),
    );
    const changedKey = await serve(
      "--ticket-key",
      await writeKey("changed", `${"n".repeat(40)}\n${KEY}`),
    );
    const pid = sandbox.tasks("worker")[0]!.taskId;
    const open = ({ port }: ServedRack) =>
      openHandoff({ port, token, app: "default", pid });
    const { ticket, sessionId } = await open(rack);
    const { ticket: foreign } = await open(otherKey);
    const [payload = "", mac = ""] = ticket.split(".");
    const facts = JSON.parse(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
    );
    const sign = (
      more: Readonly<Record<string, unknown>>,
      { key = KEY, name = "prod", inMs = 60_000 } = {},
    ) =>
      signTicket({
        ...facts,
        sessionId: facts.session,
        opened: new Date(facts.opened),
        ...more,
      }, {
        rack: name,
        until: new Date(Date.now() + inMs),
        keys: [new TextEncoder().encode(key)],
      });
    const edited = btoa(JSON.stringify({ ...facts, session: "s-else" }))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const bad: Readonly<Record<string, readonly [string, string | undefined]>> =
      {
        "none": [token, undefined],
        "no ticket": [token, "ticket"],
        "a changed seal": [
          token,
          `${payload}.${mac.startsWith("A") ? "B" : "A"}${mac.slice(1)}`,
        ],
        "another session under the same seal": [token, `${edited}.${mac}`],
        "no seal": [token, `${payload}.`],
        "a guessed key": [token, sign({}, { key: "g".repeat(40) })],
        "another rack of this key": [token, sign({}, { name: "dev" })],
        "another rack's": [token, foreign],
        "another user's of the same scope": [ben, ticket],
        "past its time": [token, sign({}, { inMs: -1 })],
        "out of scope": [token, sign({ app: "cluster-2" })],
        "a run's, with exec alone": [token, sign({ run: true })],
      };
    const before = [count("ResumeSession"), count("TerminateSession")];
    const answers = new Set<string>();
    for (const [name, [by, text]] of Object.entries(bad)) {
      for (const verb of ["resume", "terminate"] as const) {
        const { status, body } = await show(verb, rack.port, by, text);
        assert.equal(status, 404, `${name}: ${body}`);
        answers.add(body);
      }
    }
    assert.equal(answers.size, 1);
    assert.deepEqual(
      [count("ResumeSession"), count("TerminateSession")],
      before,
    );
    // Each was written down, and no ticket was.
    const refused = rack.audit().filter(({ event }) => event === "refuse");
    assert.equal(refused.length, 2 * Object.keys(bad).length);
    assert.ok(!rack.running.seen().includes(mac));
    assert.equal(
      (await show("resume", rack.port, "ann.wrong", ticket)).status,
      401,
    );

    // The right one is good for all processes, and while the key is changed.
    for (const { port } of [rack, changedKey]) {
      const { status, body } = await show("resume", port, token, ticket);
      assert.equal(status, 200, body);
      const renewed = JSON.parse(body);
      assert.deepEqual(Object.keys(renewed).sort(), [
        "streamUrl",
        "tokenValue",
      ]);
      assert.match(renewed.streamUrl, /X-Amz-Signature=/);
    }

    const file = users.slice("file:".length);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(
      file,
      text.replaceAll("exec:default/*", "exec:default/web"),
    );
    // It reads the users before it serves.
    const narrowed = await serve();
    const { status, body } = await show("resume", narrowed.port, token, ticket);
    assert.equal(status, 404);
    assert.ok(answers.has(body));
    assert.equal(
      (await show("terminate", narrowed.port, token, ticket)).status,
      404,
    );
    assert.equal(count("TerminateSession"), before[1]);
    const ended = await show("terminate", rack.port, token, ticket);
    assert.equal(ended.status, 200, ended.body);
    await sandbox.waitFor(() =>
      sandbox.requests().some(({ operation, parameters }) =>
        operation === "TerminateSession" &&
        parameters["SessionId"] === sessionId
      )
    );
    for (const one of [rack, otherKey, changedKey, narrowed]) await one.stop();
    await Deno.remove(folder, { recursive: true });
  },
);
