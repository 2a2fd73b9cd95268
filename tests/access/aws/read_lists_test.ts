import assert from "node:assert/strict";
import {
  describePages,
  readPages,
} from "../../../src/access/aws/read_lists.ts";

const name = (page: number, at: number) => `${page}.${at}`;

async function* listPages(count: number, size: number, events?: string[]) {
  for (let page = 0; page < count; page++) {
    await Promise.resolve();
    events?.push(`page ${page}`);
    yield Array.from({ length: size }, (_, at) => name(page, at));
  }
}

Deno.test("what a page names is described while the next page is read, and stays in its order", async () => {
  const events: string[] = [];
  const second = Promise.withResolvers<void>();
  const { listed, described } = await describePages(
    (async function* () {
      for await (const page of listPages(3, 2, events)) {
        if (page[0] === name(1, 0)) second.resolve();
        yield page;
      }
    })(),
    2,
    async (batch) => {
      // The first page's own answer comes last.
      if (batch[0] === name(0, 0)) await second.promise;
      events.push(`described ${batch.join()}`);
      return batch.map((text) => text.toUpperCase());
    },
  );
  assert.equal(listed, 6);
  assert.deepEqual(described, ["0.0", "0.1", "1.0", "1.1", "2.0", "2.1"]);
  assert.ok(
    events.indexOf("page 1") < events.indexOf("described 0.0,0.1"),
    events.join("; "),
  );
});

Deno.test("a batch is no larger than asked, and eight are asked for at a time", async () => {
  let [now, most] = [0, 0];
  const sizes: number[] = [];
  await describePages([[...Array(95).keys()].map(String)], 3, async (batch) => {
    sizes.push(batch.length);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve));
    now--;
    return batch;
  });
  assert.equal(most, 8);
  assert.equal(sizes.length, 32);
  assert.ok(sizes.every((size, at) => size === (at < 31 ? 3 : 2)));
});

Deno.test("what cannot be described ends the list: no page is read for nothing", async () => {
  const events: string[] = [];
  await assert.rejects(
    describePages(
      listPages(50, 1, events),
      1,
      (batch) =>
        batch[0] === name(3, 0)
          ? Promise.reject(new Error("denied"))
          : Promise.resolve(batch),
    ),
    /denied/,
  );
  assert.ok(events.length < 10, events.join("; "));
  await assert.rejects(
    describePages(
      (async function* () {
        yield* listPages(2, 1);
        throw new Error("no end");
      })(),
      1,
      () => Promise.reject(new Error("denied later")),
    ),
    /no end|denied later/,
  );
});

Deno.test("an answer that holds no list is not an empty list", async () => {
  const read = (items: readonly string[] | undefined) =>
    Array.fromAsync(
      readPages(() => Promise.resolve({ items, nextToken: undefined })),
    );
  assert.deepEqual(await read([]), [[]]);
  await assert.rejects(read(undefined), /AWS's answer holds no list/);
});
