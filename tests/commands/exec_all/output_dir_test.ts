import assert from "node:assert/strict";
import { prepareOutputDir } from "../../../src/commands/exec_all/output_dir.ts";

Deno.test("--output-dir is made, and tried for writing, before anything starts", async () => {
  const done: string[] = [];
  const deps = {
    makeDirectory: (path: string) =>
      Promise.resolve(void done.push(`make ${path}`)),
    checkWritable: (path: string) =>
      Promise.resolve(void done.push(`try ${path}`)),
  };
  await prepareOutputDir("/out", deps);
  assert.deepEqual(done, ["make /out", "try /out/results"]);
});

Deno.test("an --output-dir that cannot be made or written is an error that says why", async () => {
  const refused = { code: "io_failed" };
  const causes: readonly (readonly [Error, string])[] = [
    [new Deno.errors.PermissionDenied("no"), "permission denied"],
    [new Deno.errors.AlreadyExists("no"), "it is not a directory"],
    [new Deno.errors.NotADirectory("no"), "it is not a directory"],
    [new Error("Read-only file system"), "Read-only file system"],
  ];
  const fine = () => Promise.resolve();
  for (const [error, why] of causes) {
    const fails = () => Promise.reject(error);
    const message = `Cannot use "/out" as --output-dir: ${why}`;
    for (
      const deps of [
        { makeDirectory: fails, checkWritable: fine },
        { makeDirectory: fine, checkWritable: fails },
      ]
    ) {
      await assert.rejects(prepareOutputDir("/out", deps), {
        ...refused,
        message,
      });
    }
  }
});
