import assert from "node:assert/strict";
import { AnswerLate, limitExchange } from "../../src/docker/limit_exchange.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import { startFakeClock } from "../session/channel/fake_clock.ts";

const { sleep } = createRealDeps();

/** Starts an exchange that never ends, and says when it was given up. */
function startEndless(options: { readonly opening?: boolean } = {}) {
  const state: { heard: () => void; error: unknown } = {
    heard: () => {},
    error: undefined,
  };
  void limitExchange({ sleep, ...options }, (heard) => {
    state.heard = heard;
    return new Promise<never>(() => {});
  }).catch((error) => state.error = error);
  return state;
}

/** Why an exchange was given up; undefined while it goes on. */
function whyLate({ error }: { readonly error: unknown }): string | undefined {
  return error instanceof AnswerLate ? error.message : undefined;
}

Deno.test("a daemon that says nothing for 20 s is given up", async () => {
  using clock = startFakeClock();
  const exchange = startEndless();
  await clock.advance(19_000);
  exchange.heard();
  await clock.advance(19_000);
  assert.equal(whyLate(exchange), undefined);
  await clock.advance(1_000);
  assert.match(whyLate(exchange) ?? "", /said nothing for 20 s/);
  assert.equal(clock.running(), 0);
});

Deno.test("so is one whose answer drips for 60 s", async () => {
  using clock = startFakeClock();
  const exchange = startEndless();
  for (let second = 0; second < 60; second++) {
    assert.equal(whyLate(exchange), undefined);
    await clock.advance(1_000);
    exchange.heard();
  }
  assert.match(whyLate(exchange) ?? "", /more than 60 s/);
  assert.equal(clock.running(), 0);
});

Deno.test("a line that is still being opened has all the time there is", async () => {
  using clock = startFakeClock();
  const exchange = startEndless({ opening: true });
  await clock.advance(59_000);
  assert.equal(whyLate(exchange), undefined);
  await clock.advance(1_000);
  assert.match(whyLate(exchange) ?? "", /more than 60 s/);
});

Deno.test("an exchange that ends leaves no clock running", async () => {
  using clock = startFakeClock();
  const value = await limitExchange({ sleep }, (heard) => {
    heard();
    return Promise.resolve(5);
  });
  assert.equal(value, 5);
  await assert.rejects(
    limitExchange({ sleep }, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(clock.running(), 0);
});
