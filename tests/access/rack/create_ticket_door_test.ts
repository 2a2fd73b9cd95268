import assert from "node:assert/strict";
import type { RackClient } from "../../../src/access/rack/create_rack_client.ts";
import { createTicketDoor } from "../../../src/access/rack/create_ticket_door.ts";

const STREAM = "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel";

/** Resumes a session at a rack that says so; undefined: it knows no such session. */
function resume(answer: string | undefined) {
  const client = {
    rack: {
      name: "prod",
      url: new URL("https://rack.example.com"),
      streamHosts: [],
    },
    ask: ({ missing }: { missing: () => unknown }) =>
      answer === undefined
        ? Promise.reject(missing())
        : Promise.resolve(answer),
  } as unknown as RackClient;
  return createTicketDoor(client, {
    ticket: "k",
    sessionId: "s-1",
    region: "us-east-1",
  }).resume();
}

Deno.test("a rack renews a session with a token and a stream of AWS's, or has ended it", async () => {
  const renewed = { tokenValue: "t", streamUrl: `${STREAM}/s-1` };
  assert.deepEqual(await resume(JSON.stringify(renewed)), renewed);
  assert.equal(await resume(undefined), undefined);
});

Deno.test("a renewal that leads elsewhere, or to another session, is refused", async () => {
  for (
    const answer of [
      "",
      "{}",
      JSON.stringify({ tokenValue: "a b", streamUrl: `${STREAM}/s-1` }),
      JSON.stringify({ tokenValue: "t", streamUrl: `${STREAM}/s-2` }),
      JSON.stringify({ tokenValue: "t", streamUrl: "wss://elsewhere/s-1" }),
      JSON.stringify({ tokenValue: "t", streamUrl: "ws://localhost/s-1" }),
    ]
  ) await assert.rejects(resume(answer), { code: "session_refused" }, answer);
});
