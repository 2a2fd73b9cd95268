import assert from "node:assert/strict";
import { shareFor } from "../../../src/rack/look_up/share_for.ts";

/** Something that is asked by its key, and how often it was. */
function startSharing() {
  let ms = 0;
  let asked = 0;
  const share = shareFor(2_000, () => new Date(ms), (key) => {
    asked++;
    return key === "bad"
      ? Promise.reject(new Error("no answer"))
      : Promise.resolve(`${key} ${asked}`);
  });
  return { share, pass: (more: number) => void (ms += more) };
}

Deno.test("who asks within the time shares an answer, who asks later gets one of their own", async () => {
  const { share, pass } = startSharing();
  assert.equal(await share("a"), "a 1");
  pass(1_999);
  assert.equal(await share("a"), "a 1");
  assert.equal(await share("b"), "b 2");
  pass(1);
  assert.equal(await share("a"), "a 3");
});

Deno.test("what is forgotten is asked again, and nothing else is", async () => {
  const { share } = startSharing();
  await share("a");
  await share("b");
  share.forget("a");
  assert.equal(await share("a"), "a 3");
  assert.equal(await share("b"), "b 2");
});

Deno.test("a failure is shared with nobody who asks later", async () => {
  const { share } = startSharing();
  await assert.rejects(share("bad"), /no answer/);
  await assert.rejects(share("bad"), /no answer/);
  assert.equal(await share("a"), "a 3");
});

Deno.test("a thousand answers are kept: the oldest goes for one more", async () => {
  const { share } = startSharing();
  for (let at = 0; at < 1_001; at++) await share(`${at}`);
  assert.equal(await share("1"), "1 2");
  assert.equal(await share("0"), "0 1002");
});
