import assert from "node:assert/strict";
import { holdShellReport } from "../../../src/session/reply/hold_shell_report.ts";

Deno.test("what is held outlives the buffer that it came in", () => {
  const held = holdShellReport();
  const buffer = new TextEncoder().encode("port");
  assert.equal(held.push(buffer).length, 0);
  buffer.fill(0x21);
  const rest = held.push(new TextEncoder().encode("able"));
  assert.equal(new TextDecoder().decode(rest), "portable");

  const last = holdShellReport();
  const end = new TextEncoder().encode("p");
  assert.equal(last.push(end).length, 0);
  end.fill(0x21);
  assert.equal(new TextDecoder().decode(last.release()), "p");
});
