import assert from "node:assert/strict";
import { nameChunks } from "../../scripts/name_chunks.ts";

/** The same bundle under the bundler's names of one machine, or of another. */
function makeBundle(
  [a, b, c]: readonly [string, string, string],
): ReadonlyMap<string, string> {
  return new Map([
    ["main.js", `import"./chunk-${a}.js";import("./exec-${c}.js");`],
    [`chunk-${a}.js`, `import"./chunk-${b}.js";export{x};`],
    [`chunk-${b}.js`, "export const x=1;"],
    [`exec-${c}.js`, `import"./chunk-${a}.js";import("./main.js");`],
  ]);
}

Deno.test("chunks have the same names wherever they were bundled", async () => {
  const one = await nameChunks(
    makeBundle(["AAAAAAAA", "BBBBBBB2", "CCCCCCCC"]),
  );
  const other = await nameChunks(
    makeBundle(["ZZZZZZZ7", "AAAAAAAA", "BBBBBBB2"]),
  );
  assert.deepEqual([...other].toSorted(), [...one].toSorted());
  assert.ok(one.has("main.js"));
  for (const [name, text] of one) {
    assert.match(name, /^(main|(chunk|exec)-[0-9a-f]{12})\.js$/);
    for (const [, used = ""] of text.matchAll(/"\.\/([^"]+)"/g)) {
      assert.ok(one.has(used), `${name} names ${used}`);
    }
  }
});

Deno.test("chunks that name each other are told apart by what they lead to", async () => {
  const circle = (x: string, y: string, one: number, two: number) =>
    new Map([
      [`a-${x}.js`, `import"./b-${y}.js";f(${one});`],
      [`b-${y}.js`, `import"./a-${x}.js";f(${two});`],
    ]);
  assert.deepEqual(
    [...await nameChunks(circle("AAAAAAAA", "BBBBBBBB", 1, 2))],
    [...await nameChunks(circle("CCCCCCCC", "DDDDDDDD", 1, 2))],
  );
});

Deno.test("what cannot be told apart is no bundle", async () => {
  await assert.rejects(
    nameChunks(
      new Map([["a-AAAAAAAA.js", "f();"], ["a-BBBBBBBB.js", "f();"]]),
    ),
    /told apart/,
  );
});
