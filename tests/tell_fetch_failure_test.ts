import assert from "node:assert/strict";
import { tellFetchFailure } from "../src/tell_fetch_failure.ts";

const refused =
  "error sending request for url (http://127.0.0.1:81/): client error (Connect): " +
  "tcp connect error: Connection refused (os error 111)";

Deno.test("tellFetchFailure leaves the reason alone", () => {
  assert.equal(
    tellFetchFailure(new TypeError(refused)),
    "Connection refused",
  );
  assert.equal(tellFetchFailure(new TypeError("no route")), "no route");
});

Deno.test("tellFetchFailure finds the reason where Deno 2.9 keeps it", () => {
  const error = new TypeError("fetch failed", { cause: new Error(refused) });
  assert.equal(tellFetchFailure(error), "Connection refused");
});
