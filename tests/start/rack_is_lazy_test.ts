import assert from "node:assert/strict";
import { posix } from "node:path";
import { projectRoot } from "../../scripts/project.ts";

/** The files that are loaded with a file: what it imports but for types, and all that those do. */
function listLoaded(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const source = Deno.readTextFileSync(projectRoot + file);
  const imports =
    /^(?:import|export) (?!type )(?:[^"';]*? from )?"(\.[^"]+)";/gm;
  for (const [, specifier = ""] of source.matchAll(imports)) {
    listLoaded(posix.join(posix.dirname(file), specifier), loaded);
  }
  return loaded;
}

for (
  const file of [
    "main.ts",
    "src/commands/exec.ts",
    "src/commands/run/run.ts",
    "src/commands/tasks.ts",
    "src/commands/complete.ts",
    "src/commands/status/status.ts",
  ]
) {
  Deno.test(`${file} loads nothing of racks where none is asked`, () => {
    const loaded = [...listLoaded(file)];
    assert.ok(loaded.length > 5);
    // Words are parsed, and the setting is looked at, whatever is asked.
    const ofRacks = loaded.filter((name) =>
      /rack/.test(name) &&
      !/^src\/(args\/parse_rack\w*|is_rack)\.ts$/.test(name)
    );
    assert.deepEqual(ofRacks, []);
  });
}
