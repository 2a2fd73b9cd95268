import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type OpenSinks,
  planSinks,
} from "../../../src/commands/exec_all/open_sinks.ts";
import type { Deps, OutputDevice } from "../../../src/deps.ts";

const ids = ["a", "b", "c"].map((letter) => letter.repeat(32));
const encoder = new TextEncoder();

function plan(
  flags: Partial<Parameters<typeof planSinks>[0]>,
  tasks = ids,
  write: OutputDevice["write"] = () => Promise.resolve(),
): { readonly open: OpenSinks; printed(): string; closed(): boolean } {
  let printed = "";
  let closed = false;
  const device = (name: string): OutputDevice => ({
    isTerminal: false,
    writeText() {},
    async write(bytes) {
      await write(bytes);
      printed += new TextDecoder().decode(bytes).replaceAll(/^/gm, name)
        .slice(0, -name.length || undefined);
    },
  });
  const deps = {
    env: () => undefined,
    stdin: {},
    stdout: device(""),
    stderr: device(""),
  } as unknown as Deps;
  const open = planSinks(
    {
      output: "text",
      prefix: "auto",
      shared: { color: "never" } as never,
      ...flags,
    },
    tasks.map((id) => ({ id })),
    { deps, onClosed: () => closed = true },
  );
  return { open, printed: () => printed, closed: () => closed };
}

Deno.test("one who writes without end does not starve the others", async () => {
  const { open, printed } = plan({});
  const [loud, quiet] = await Promise.all([open(ids[0]!, 0), open(ids[1]!, 1)]);
  let over = false;
  const shouting = (async () => {
    while (!over) await loud!.stdio.stdout.write(encoder.encode("loud\n"));
  })();
  for (let at = 0; at < 20; at++) {
    await quiet!.stdio.stdout.write(encoder.encode(`${at}\n`));
  }
  over = true;
  await shouting;
  const lines = printed().split("\n");
  const own = lines.filter((line) => line.startsWith("bbbbbbbbbbbb | "));
  assert.equal(own.length, 20);
  // In turn: no more loud lines than quiet ones, but for those at the edges.
  assert(lines.length - own.length <= 24, String(lines.length));
});

Deno.test("a reader of stdout that is gone is told to the task, and to all", async () => {
  const { open, closed } = plan(
    {},
    ids,
    () => Promise.reject(new Deno.errors.BrokenPipe()),
  );
  const { stdio } = await open(ids[0]!, 0);
  await assert.rejects(
    stdio.stdout.write(encoder.encode("x\n")),
    Deno.errors.BrokenPipe,
  );
  assert.equal(closed(), true);
});

Deno.test("colors set the tasks apart, and the id stays readable", async () => {
  const { open, printed } = plan({ shared: { color: "always" } as never });
  const sinks = await Promise.all(ids.map((id, at) => open(id, at)));
  for (const { stdio } of sinks) {
    await stdio.stdout.write(encoder.encode("x\n"));
  }
  const lines = printed().split("\n").slice(0, -1);
  const colors = lines.map((line) =>
    /^<(\d+)m\w{12}<39m \| x$/.exec(line.replaceAll("\u001b[", "<"))?.[1]
  );
  assert(!colors.includes(undefined), printed());
  assert.equal(new Set(colors).size, 3);
});

Deno.test("a single task has its bytes as they are", async () => {
  const { open, printed } = plan({}, ids.slice(0, 1));
  const { stdio, finish } = await open(ids[0]!, 0);
  await stdio.stdout.write(encoder.encode("a\nb"));
  await finish();
  assert.equal(printed(), "a\nb");
});

Deno.test("lines of several tasks are never mixed, however their bytes are cut and in whatever order they come", async () => {
  const line = fc.string({ unit: "binary-ascii", maxLength: 12 })
    .map((text) => text.replaceAll(/[\n\r]/g, "_"));
  const output = fc.array(line, { maxLength: 6 });
  const cut = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(output, { minLength: 3, maxLength: 3 }),
      cut,
      fc.infiniteStream(fc.nat(2)),
      async (outputs, cuts, turns) => {
        const { open, printed } = plan({});
        const tasks = await Promise.all(outputs.map(async (lines, at) => {
          const { stdio, finish } = await open(ids[at]!, at);
          const bytes = encoder.encode(lines.map((one) => `${one}\n`).join(""));
          return { stdio, finish, bytes, at: 0, cuts: 0 };
        }));
        const writes: Promise<void>[] = [];
        while (tasks.some(({ at, bytes }) => at < bytes.length)) {
          const task = tasks[turns.next().value ?? 0]!;
          const size = cuts[task.cuts++ % cuts.length]!;
          const chunk = task.bytes.slice(task.at, task.at + size);
          task.at += size;
          if (chunk.length === 0) continue;
          // A session writes its next chunk when the one before is through; tasks do not wait for each other.
          const written = task.stdio.stdout.write(chunk);
          writes.push(written);
          if (task.cuts % 2 === 0) await written;
        }
        await Promise.all(writes);
        await Promise.all(tasks.map(({ finish }) => finish()));
        const lines = printed().split("\n");
        assert.equal(lines.pop(), "");
        outputs.forEach((expected, at) => {
          const prefix = `${ids[at]!.slice(0, 12)} | `;
          const own = lines.filter((one) => one.startsWith(prefix));
          assert.deepEqual(
            own.map((one) => one.slice(prefix.length)),
            expected,
          );
        });
        assert.equal(lines.length, outputs.flat().length);
      },
    ),
    { numRuns: 200 },
  );
});
