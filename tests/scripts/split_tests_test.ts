import assert from "node:assert/strict";
import { splitTests } from "../../scripts/split_tests.ts";

const file = (path: string, length: number, start = "") => ({
  path,
  text: start + "x".repeat(length),
});

Deno.test("splitTests gives every file to one list, and to each about as much", () => {
  const files = Array.from(
    { length: 40 },
    (_, index) => file(`tests/${index}_test.ts`, 100 + 37 * index % 400),
  );
  const lists = splitTests(files, 2);
  assert.deepEqual(
    lists.flat().sort(),
    files.map(({ path }) => path).sort(),
  );
  const [a = 0, b = 0] = lists.map((paths) =>
    files.filter(({ path }) => paths.includes(path))
      .reduce((sum, { text }) => sum + text.length, 0)
  );
  assert.ok(Math.abs(a - b) < 500, `${a} and ${b}`);
});

Deno.test("splitTests keeps together what uses the Docker Engine", () => {
  const engine = 'import "../docker/engine/use_engine.ts";';
  const lists = splitTests([
    file("tests/e2e/a_test.ts", 300),
    file("tests/e2e/docker_test.ts", 200, engine),
    file("tests/docker/client_test.ts", 100, engine),
    file("tests/b_test.ts", 100),
  ], 2);
  assert.deepEqual(
    lists.find((list) => list.includes("tests/e2e/docker_test.ts"))
      ?.includes("tests/docker/client_test.ts"),
    true,
  );
});
