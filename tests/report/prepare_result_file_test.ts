import assert from "node:assert/strict";
import { prepareResultFile } from "../../src/report/prepare_result_file.ts";
import { NotAFile } from "../../src/write_private_file.ts";

const works = () => Promise.resolve();
const fails = (error: Error) => () => Promise.reject(error);

Deno.test("a file that cannot be written is refused before all", async () => {
  for (
    const [error, reason] of [
      [new Deno.errors.NotFound("x"), /"a.json": there is no such directory$/],
      [new Deno.errors.PermissionDenied("x"), /"a.json": permission denied$/],
      [new Error("no space"), /"a.json": no space$/],
    ] as const
  ) {
    const deps = { checkWritable: fails(error), writePrivateFile: works };
    await assert.rejects(prepareResultFile("a.json", deps), {
      code: "io_failed",
      message: reason,
    });
  }
});

Deno.test("a file that can be written no more is told of", async () => {
  const write = await prepareResultFile("a.json", {
    checkWritable: works,
    writePrivateFile: fails(new Error("no space")),
  });
  await assert.rejects(write("{}"), { code: "io_failed" });
});

Deno.test("what is no file is refused with what there is instead", async () => {
  const deps = {
    checkWritable: fails(new NotAFile("it is a device, not a file")),
    writePrivateFile: works,
  };
  await assert.rejects(prepareResultFile("/dev/stdout", deps), {
    code: "io_failed",
    message: /"\/dev\/stdout": it is a device, not a file$/,
    hint: "name a file; -o json prints the result on standard output",
  });
});
