import assert from "node:assert/strict";
import { withBundle } from "../../scripts/bundle.ts";

Deno.test("of the SDK's commands, the bundle has those that are called", async () => {
  const text = await withBundle(async (folder) => {
    const texts: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      texts.push(await Deno.readTextFile(`${folder}/${name}`));
    }
    return texts.join("\n");
  }, { minify: false });
  for (const name of ["ExecuteCommand", "StartSession", "DescribeInstances"]) {
    assert.ok(text.includes(`${name}Command = class`), name);
  }
  for (const name of ["DeleteCluster", "SendCommand", "RunInstances"]) {
    assert.ok(!text.includes(`${name}Command = class`), name);
  }
});
