import assert from "node:assert/strict";
import { openPty } from "../e2e/pty.ts";

const program = new URL("prompt_program.ts", import.meta.url).pathname;

function ask() {
  return openPty({ command: Deno.execPath(), args: ["run", "-A", program] });
}

const windows = Deno.build.os === "windows";

Deno.test({
  name:
    "in a terminal: the line is edited and given, and every later key is read raw",
  ignore: windows,
  async fn() {
    const pty = ask();
    await pty.waitFor("Select task number (1-2): ");
    // Backspace is the terminal's; the keys behind Enter come in the same write.
    pty.write("x\x7f2\rab");
    await pty.waitFor('answer="2"');
    await pty.waitFor("raw");
    pty.write("\x03\x04.");
    await pty.waitFor(String.raw`keys="ab\u0003\u0004."`);
    const { code, sttyBefore, sttyAfter } = await pty.exit;
    assert.equal(code, 0);
    assert.equal(sttyAfter, sttyBefore);
  },
});

for (const [name, key] of [["Ctrl-C", "\x03"], ["Ctrl-D", "\x04"]] as const) {
  Deno.test({
    name: `in a terminal: ${name} cancels, and the keyboard still works`,
    ignore: windows,
    async fn() {
      const pty = ask();
      await pty.waitFor("Select task number (1-2): ");
      pty.write(key);
      await pty.waitFor('answer="cancelled"');
      await pty.waitFor("raw");
      pty.write("k.");
      await pty.waitFor('keys="k."');
      assert.equal((await pty.exit).code, 0);
    },
  });
}
