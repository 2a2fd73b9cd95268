import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  parseTicketKeys,
  readTicket,
  signTicket,
  type TicketKeys,
} from "../../../src/rack/tickets/ticket.ts";

const FACTS = {
  app: "prod",
  service: "web",
  run: false,
  sessionId: "ecs-execute-command-1",
  target: "ecs:prod_1_2",
  task: "1",
  container: "main",
  user: "0123",
  opened: new Date(1_000),
};
const OLD: TicketKeys = [Buffer.from("o".repeat(32))];
const NEW: TicketKeys = [Buffer.from("n".repeat(32)), ...OLD];
const until = new Date(2_000);
const now = new Date(1_500);

Deno.test("a ticket says what was signed, while it is good, to racks of its name and key", () => {
  const ticket = signTicket(FACTS, { rack: "a", until, keys: OLD });
  const read = (rack: string, keys: TicketKeys, at = now) =>
    readTicket(ticket, { rack, keys, now: at });
  assert.deepEqual(read("a", OLD), { ...FACTS, until });
  // The key was changed: the old one still verifies.
  assert.deepEqual(read("a", NEW), { ...FACTS, until });
  assert.equal(read("b", OLD), undefined);
  assert.equal(read("a", [Buffer.from("x".repeat(32))]), undefined);
  assert.equal(read("a", OLD, until), undefined);
  const fresh = signTicket(FACTS, { rack: "a", until, keys: NEW });
  assert.equal(readTicket(fresh, { rack: "a", keys: OLD, now }), undefined);
});

Deno.test("any change of any character makes it none", () => {
  const ticket = signTicket(FACTS, { rack: "a", until, keys: OLD });
  for (let at = 0; at < ticket.length; at++) {
    for (const put of ["", "A", "b", "_", ".", "="]) {
      const changed = ticket.slice(0, at) + put + ticket.slice(at + 1);
      if (changed === ticket) continue;
      assert.equal(
        readTicket(changed, { rack: "a", keys: OLD, now }),
        undefined,
        changed,
      );
    }
  }
  // Of the last character some bits are no part of the bytes.
  for (
    const put
      of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  ) {
    const changed = ticket.slice(0, -1) + put;
    if (changed === ticket) continue;
    assert.equal(
      readTicket(changed, { rack: "a", keys: OLD, now }),
      undefined,
      changed,
    );
  }
  for (
    const text of [
      "",
      ".",
      "a.b",
      `${ticket}.x`,
      ` ${ticket}`,
      "x".repeat(9_000),
    ]
  ) {
    assert.equal(readTicket(text, { rack: "a", keys: OLD, now }), undefined);
  }
});

Deno.test("one or two keys, a line each, none of them short", () => {
  const key = "k".repeat(32);
  assert.equal(parseTicketKeys(`${key}\n`)?.length, 1);
  assert.equal(parseTicketKeys(`${key}\r\n${key}\n\n`)?.length, 2);
  for (const text of ["", "short", `${key}\nshort`, `${key}\n${key}\n${key}`]) {
    assert.equal(parseTicketKeys(text), undefined);
  }
});
