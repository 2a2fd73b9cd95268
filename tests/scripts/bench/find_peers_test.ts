import assert from "node:assert/strict";
import { findPeers } from "../../../scripts/bench/find_peers.ts";

async function withPrograms(
  programs: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, {
        mode: 0o755,
      });
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findPeers finds what is in PATH, and the first line that it says of itself", async () => {
  await withPrograms(
    { ecsta: 'printf "%s 0.8.1\\nmore\\n" "$*"', aws: "exit 1" },
    async (folder) => {
      const found = await findPeers(`/nonexistent:${folder}`);
      assert.deepEqual(
        found.map(({ name, path, told }) => ({ name, path, told })),
        [{ name: "ecsta", path: `${folder}/ecsta`, told: "version 0.8.1" }],
      );
    },
  );
});

Deno.test("findPeers tells the two AWS CLIs by what they say, wherever in PATH they are", async () => {
  await withPrograms({ aws: "echo aws-cli/1.45.11 x" }, async (old) => {
    await withPrograms({ aws: "echo aws-cli/2.31.0 x" }, async (current) => {
      const found = await findPeers(`${old}:${current}`);
      assert.deepEqual(
        found.map(({ name, path }) => [name, path]),
        [["aws", `${current}/aws`], ["aws 1", `${old}/aws`]],
      );
    });
  });
});

Deno.test("findPeers finds nothing where nothing is", async () => {
  assert.deepEqual(await findPeers(""), []);
  assert.deepEqual(await findPeers("/nonexistent"), []);
});
