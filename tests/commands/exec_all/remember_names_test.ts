import assert from "node:assert/strict";
import { rememberNames } from "../../../src/commands/exec_all/remember_names.ts";
import { fakeAccess, task } from "../../target/fake_access.ts";

Deno.test("the containers of a task definition are asked for once, and again after a failure", async () => {
  let asked = 0;
  const access = rememberNames(fakeAccess({
    listContainerNames: () =>
      ++asked === 1
        ? Promise.reject(new Error("busy"))
        : Promise.resolve(["app"]),
  }));
  await assert.rejects(access.listContainerNames(task("1")));
  assert.deepEqual(await access.listContainerNames(task("1")), ["app"]);
  assert.deepEqual(await access.listContainerNames(task("2")), ["app"]);
  assert.equal(asked, 2);
});
