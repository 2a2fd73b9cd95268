import assert from "node:assert/strict";
import { createEventPrinter } from "../../../src/commands/logs/show_events.ts";
import type { LogStream } from "../../../src/logs/find_streams.ts";

const stream = (taskId: string, container: string): LogStream => ({
  region: "us-east-1",
  group: "/ecs/web",
  name: `ecs/${container}/${taskId}`,
  taskId,
  container,
});
const ONE = "1".repeat(32);
const TWO = "2".repeat(32);

/** Shows a line of each of these streams, and of one that nobody knows. */
async function show(
  streams: readonly LogStream[],
  options: Partial<Parameters<typeof createEventPrinter>[0]> = {},
  isTerminal = false,
  more = "\x1b[2J",
) {
  let text = "";
  const printer = createEventPrinter({
    prefix: "auto",
    output: "text",
    follow: false,
    shared: { color: "never" } as never,
    ...options,
  }, {
    env: () => undefined,
    stderr: { isTerminal },
    stdout: {
      isTerminal,
      write: (bytes: Uint8Array) => {
        text += new TextDecoder().decode(bytes);
        return Promise.resolve();
      },
    },
  } as never);
  printer.add(streams);
  assert.equal(printer.isEmpty(), true);
  await printer.show(
    [...streams, stream("3", "other")].map(({ name }, at) => ({
      id: `${at}`,
      stream: name,
      at: 0,
      ingestedAt: 0,
      message: `line ${at}${more}`,
    })),
  );
  assert.equal(printer.isEmpty(), text === "");
  return text;
}

Deno.test("a line says of which task and container it is where there are several, or more may come", async () => {
  const main = stream(ONE, "main");
  const lines = async (
    ...args: Parameters<typeof show>
  ): Promise<readonly string[]> =>
    (await show(...args)).replaceAll("\x1b[2J", "").split("\n").slice(0, -1);
  assert.deepEqual(await lines([main]), ["line 0"]);
  assert.deepEqual(await lines([main, stream(ONE, "side")]), [
    "main | line 0",
    "side | line 1",
  ]);
  const two = [main, stream(TWO, "main")];
  const [first, second] = await lines(two);
  assert.match(first!, /^1+ \| line 0$/);
  assert.match(second!, /^2+ \| line 1$/);
  assert.deepEqual(await lines(two, { prefix: "never" }), ["line 0", "line 1"]);
  assert.match((await lines([main], { follow: true }))[0]!, /^1+ \| line 0$/);
  const task = { kind: "id", id: ONE } as const;
  assert.deepEqual(await lines([main], { follow: true, task }), ["line 0"]);
});

Deno.test("only what is asked for is shown, on a terminal without what acts on it", async () => {
  const streams = [stream(ONE, "main"), stream(ONE, "side")];
  assert.equal(await show(streams, { grep: /1/ }), "side | line 1\x1b[2J\n");
  assert.equal(await show(streams, { grep: /none/ }), "");
  assert.equal(
    await show(streams, { grep: /0/ }, true),
    "main | line 0\\u001b[2J\n",
  );
  const json = await show(streams, { output: "json", grep: /0/ });
  const { task, container, message, log_group } = JSON.parse(json);
  assert.deepEqual([task, container, message, log_group], [
    ONE,
    "main",
    "line 0\x1b[2J",
    "/ecs/web",
  ]);

  // Neither DEL and C1 controls nor marks that turn text around, which JSON would allow.
  const marks = "\x7f\x9b2J\u202e";
  const escaped = await show(
    streams,
    { output: "json", grep: /0/ },
    true,
    marks,
  );
  assert.equal(JSON.parse(escaped).message, `line 0${marks}`);
  assert.doesNotMatch(escaped, /[^\x20-\x7e\n]/);
});
