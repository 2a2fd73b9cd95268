import assert from "node:assert/strict";
import type { Measurement } from "../../../scripts/bench/measures.ts";
import { takeTurns } from "../../../scripts/bench/take_turns.ts";

/** A measurement whose figures are the numbers of its runs, from 0. */
function count(
  program: string,
  { everyTurn = 1, failAt = Infinity, order = [] as string[] } = {},
): Measurement {
  let runs = 0;
  return {
    program,
    everyTurn,
    run: () => {
      order.push(program);
      if (runs === failAt) return Promise.reject(new Error("no such flag"));
      return Promise.resolve([{ measure: "start", value: runs++ }]);
    },
  };
}

Deno.test("takeTurns alternates the programs and leaves the first turn out", async () => {
  const order: string[] = [];
  const { figures } = await takeTurns(
    [count("porthole", { order }), count("aws", { order })],
    2,
  );
  assert.deepEqual(order, [
    "porthole",
    "aws",
    "porthole",
    "aws",
    "porthole",
    "aws",
  ]);
  assert.deepEqual(
    figures.map(({ program, value }) => [program, value]),
    [["porthole", 1], ["aws", 1], ["porthole", 2], ["aws", 2]],
  );
});

Deno.test("takeTurns runs what takes seconds once for so many turns, and does not warm it up", async () => {
  const { figures } = await takeTurns([count("porthole", { everyTurn: 5 })], 6);
  assert.deepEqual(figures.map(({ value }) => value), [0, 1]);
});

Deno.test("takeTurns leaves out a peer that fails, says so once, and keeps what it has", async () => {
  const order: string[] = [];
  const { figures, skipped } = await takeTurns(
    [count("ecsta", { failAt: 2, order })],
    5,
  );
  assert.deepEqual(figures.map(({ value }) => value), [1]);
  assert.deepEqual(skipped, ["ecsta: no such flag"]);
  assert.equal(order.length, 3);
});

Deno.test("takeTurns fails when porthole does", async () => {
  await assert.rejects(takeTurns([count("porthole", { failAt: 0 })], 1), {
    message: "no such flag",
  });
});
