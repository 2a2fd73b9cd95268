import assert from "node:assert/strict";
import { projectRoot } from "../../../scripts/project.ts";
import { stampText } from "../../../scripts/release/read_stamped.ts";

const stamp = { repository: "acme/ship", version: "1.2.3" };

async function listFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    found.push(...(isDirectory ? await listFiles(path) : [path]));
  }
  return found;
}

Deno.test("what is packaged names the repository and the version of the release", async () => {
  for (const path of await listFiles(`${projectRoot}packaging`)) {
    const text = stampText(await Deno.readTextFile(path), stamp);
    assert.ok(!text.includes("0.0.0-unstamped"), path);
    assert.ok(!text.includes("github.com/OWNER/porthole"), path);
  }
  const installer = await Deno.readTextFile(
    `${projectRoot}packaging/install.sh`,
  );
  assert.match(
    stampText(installer, stamp),
    /\nreleases=https:\/\/github\.com\/acme\/ship\/releases\n/,
  );
});
