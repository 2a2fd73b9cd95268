import assert from "node:assert/strict";
import { countBadTokens } from "../../../src/rack/audit/count_bad_tokens.ts";
import type { AuditEntry } from "../../../src/rack/audit_entry.ts";

/** An audit in memory whose lines are written only when they are let. */
function startCounting() {
  const entries: AuditEntry[] = [];
  const over = new AbortController();
  const slept = Promise.withResolvers<void>();
  const count = countBadTokens(
    {
      async write(entry) {
        // As a disk does, it needs a moment.
        for (let i = 0; i < 5; i++) await Promise.resolve();
        entries.push(entry);
      },
    },
    {
      sleep: (_, signal) => {
        signal?.addEventListener("abort", () => slept.resolve());
        return slept.promise;
      },
    },
    over.signal,
  );
  return { count, entries, over };
}

Deno.test("requests are counted by address, and a rack that ends has written them down", async () => {
  const { count, entries, over } = startCounting();
  count("10.0.0.1");
  count("10.0.0.2");
  count("10.0.0.1");
  over.abort();
  await count.settle();
  assert.deepEqual(
    entries.map(({ event, address, count }) => [event, address, count]),
    [["tokens", "10.0.0.1", 2], ["tokens", "10.0.0.2", 1]],
  );
});

Deno.test("where nothing was counted nothing is waited for", async () => {
  const { count, entries } = startCounting();
  await count.settle();
  assert.deepEqual(entries, []);
});
