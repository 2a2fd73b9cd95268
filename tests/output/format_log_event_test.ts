import assert from "node:assert/strict";
import {
  formatLogEvent,
  formatLogObject,
} from "../../src/output/format_log_event.ts";
import { logEvent } from "../logs/fake_logs.ts";

function format(message: string, isTerminal: boolean): string {
  return formatLogEvent({ message }, { prefix: "1a web | ", isTerminal });
}

Deno.test("each line of an event has the prefix, and one end", () => {
  assert.equal(format("a\nb\n", false), "1a web | a\n1a web | b\n");
  assert.equal(format("a\r\nb", true), "1a web | a\n1a web | b\n");
  assert.equal(format("", false), "1a web | \n");
});

Deno.test("on a terminal nothing but colors acts, and they end with the line", () => {
  const hostile = "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[?1049h\t\u202e";
  const shown = format(hostile, true);
  assert.equal(
    shown,
    "1a web | \\u001b]0;title\\u0007\\u001b[2J\x1b[31mred\\u001b[?1049h\t\\u202e\x1b[0m\n",
  );
  assert.equal(format("plain", true), "1a web | plain\n");
});

Deno.test("elsewhere an event is as the container wrote it", () => {
  assert.equal(format("\x1b[2Jx", false), "1a web | \x1b[2Jx\n");
});

Deno.test("an event as JSON is one line", () => {
  const event = { ...logEvent("s", 1_000, 500), message: "a\nb" };
  const stream = { taskId: "t", container: "web", group: "g" };
  const text = formatLogObject(event, stream);
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(JSON.parse(text), {
    time: "1970-01-01T00:00:01.000Z",
    task: "t",
    container: "web",
    message: "a\nb",
    log_group: "g",
    log_stream: "s",
    ingested_at: "1970-01-01T00:00:01.500Z",
    event_id: event.id,
  });
});
