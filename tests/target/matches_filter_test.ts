import assert from "node:assert/strict";
import { matchesFilter } from "../../src/target/matches_filter.ts";
import { container, task } from "./fake_access.ts";

Deno.test("a task is unhealthy by itself, or for one of its containers", () => {
  const filter = { kind: "unhealthy" } as const;
  const plain = task("a");
  assert.equal(matchesFilter(plain, filter), false);
  assert.equal(matchesFilter({ ...plain, health: "UNHEALTHY" }, filter), true);
  const sick = { ...container("web"), health: "UNHEALTHY" };
  assert.equal(
    matchesFilter({ ...plain, containers: [container("app"), sick] }, filter),
    true,
  );
});

Deno.test("a tag is a key and its value", () => {
  const filter = { kind: "tag", key: "team", value: "ops" } as const;
  assert.equal(matchesFilter(task("a"), filter), false);
  assert.equal(
    matchesFilter(task("a"), filter, new Map([["team", "ops"]])),
    true,
  );
  assert.equal(
    matchesFilter(task("a"), filter, new Map([["team", "dev"]])),
    false,
  );
});
