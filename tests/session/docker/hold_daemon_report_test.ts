import assert from "node:assert/strict";
import { holdDaemonReport } from "../../../src/session/docker/hold_daemon_report.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** Pushes these pieces. */
function hold(pieces: readonly string[]) {
  let passed = "";
  const held = holdDaemonReport((bytes) =>
    passed += new TextDecoder().decode(bytes)
  );
  for (const piece of pieces) held.push(encode(piece));
  return { held, passed: () => passed };
}

Deno.test("what begins as a report is held, with all that follows, and is output only once it is released", () => {
  for (const begin of ["OCI runtime exec failed: ", "unable to find user "]) {
    const { held, passed } = hold([begin, "more"]);
    assert.deepEqual([passed(), held.text()], ["", `${begin}more`]);
    held.release();
    assert.deepEqual([passed(), held.text()], [`${begin}more`, ""]);
  }
});

Deno.test("what begins otherwise passes at once, whatever follows", () => {
  const report = "OCI runtime exec failed: ";
  const { held, passed } = hold(["a", report]);
  assert.deepEqual([passed(), held.text()], [`a${report}`, ""]);
});

Deno.test("what is longer than a report is output, and not held for ever", () => {
  const report = "OCI runtime exec failed: ".padEnd(4_096, "x");
  const { held, passed } = hold([report]);
  assert.equal(passed(), "");
  held.push(encode("y"));
  assert.deepEqual([passed(), held.text()], [`${report}y`, ""]);
  held.push(encode("z"));
  assert.equal(passed(), `${report}yz`);
});
