import assert from "node:assert/strict";
import { readManifest } from "../../../scripts/project.ts";
import { tryBinary } from "../../../scripts/release/try_binary.ts";

const { version } = readManifest();

/** A program that answers as a porthole does, and then does something else that none should. */
function write(path: string, besides: string): Promise<void> {
  return Deno.writeTextFile(
    path,
    `#!/bin/sh
case "$*" in
  version) echo "porthole ${version} (stand-in)" ;;
  help*) echo "exec --container" ;;
  exec*) echo "out of a container" ;;
esac
${besides}
`,
    { mode: 0o755 },
  );
}

Deno.test({
  name:
    "a binary that fails, says nothing or leaves a file behind is not released",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const binary = `${folder}/porthole`;
    try {
      await write(binary, "");
      await tryBinary(binary);
      await write(binary, "exit 3");
      await assert.rejects(tryBinary(binary), /: version wrote "porthole /);
      await write(binary, `[ "$1" = exec ] && exit 1; exit 0`);
      await assert.rejects(tryBinary(binary), /: exec worker .* wrote "out of/);
      await write(binary, ": >left-behind");
      await assert.rejects(tryBinary(binary), /: it left left-behind$/);
      await Deno.writeTextFile(binary, "#!/bin/sh\n", { mode: 0o755 });
      await assert.rejects(tryBinary(binary), /: version wrote ""/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
