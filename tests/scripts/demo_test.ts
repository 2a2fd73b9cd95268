import assert from "node:assert/strict";
import { projectRoot } from "../../scripts/project.ts";

Deno.test({
  name:
    "the demo shows a command in a container, and one through a rack without AWS credentials",
  ignore: Deno.build.os === "windows" ||
    Deno.env.get("PORTHOLE_TEST_LONG") !== "1",
  fn: async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", `${projectRoot}scripts/demo.ts`],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 0, text + new TextDecoder().decode(stderr));
    assert.match(text, /^\$ porthole exec --config ecspresso\.yml -- ls -la$/m);
    assert.match(text, /^drwx.* app$/m);
    assert.match(text, /^Logged in to rack "dev"/m);
    assert.match(text, /^no AWS credentials here$/m);
    assert.match(text, /^Updating parameters\.\.\. OK$/m);
  },
});
