import assert from "node:assert/strict";
import { dirname } from "node:path";
import { findWrongImports } from "../../scripts/check_imports.ts";

async function checkTree(files: Record<string, string>): Promise<string[]> {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries({ "main.ts": "", ...files })) {
      await Deno.mkdir(dirname(`${root}/${path}`), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    return await findWrongImports(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("imports along the flow pass", async () => {
  assert.deepEqual(
    await checkTree({
      "main.ts":
        `import { run } from "./src/cli.ts";\nimport { realDeps } from "./src/real_deps.ts";`,
      "src/cli.ts":
        `import { exec } from "./commands/exec.ts";\nimport { f } from "./args/f.ts";`,
      "src/commands/exec.ts":
        `import { a } from "../args/f.ts";\nconst b = await import("../session/b.ts");`,
      "src/commands/rack/serve.ts":
        `import { serve } from "../../rack/serve.ts";`,
      "src/rack/serve.ts":
        `import { aws } from "../access/aws/aws.ts";\nimport { decide } from "../route/decide.ts";`,
      "src/session/b.ts":
        `import type { T } from "../target/t.ts";\nimport { type A, type B } from "../args/f.ts";\n` +
        `import { x } from "./channel/x.ts";\nimport { sign } from "../aws/sign.ts";\nimport net from "node:net";`,
      "src/session/channel/x.ts": `import { fail } from "../../errors.ts";`,
      "src/aws/sign.ts":
        `import type { C } from "@aws-sdk/client-ecs";\nimport { e } from "../errors.ts";`,
      "src/output/table.ts": `import type { Target } from "../target/t.ts";`,
      "src/errors.ts": `import type { S } from "./exit_status.ts";`,
      "tests/sandbox/main.ts": `import { agent } from "./agent.ts";`,
    }),
    [],
  );
});

const refused: Record<string, [Record<string, string>, string]> = {
  "a circle within a room, of types too": [
    {
      "src/aws/a.ts": `import { b } from "./b.ts";`,
      "src/aws/b.ts": `import { c } from "./c.ts";`,
      "src/aws/c.ts": `import type { A } from "./a.ts";`,
    },
    "Cannot import in a circle: src/aws/a.ts → src/aws/b.ts → src/aws/c.ts → src/aws/a.ts",
  ],
  "a backward import": [
    { "src/args/f.ts": `\nimport {\n  x,\n} from "../session/x.ts";` },
    "Cannot import src/session/x.ts in src/args/f.ts:4: session comes after args in the flow",
  ],
  "a backward import of a type": [
    { "src/target/t.ts": `import type { R } from "../route/r.ts";` },
    "Cannot import src/route/r.ts in src/target/t.ts:1: route comes after target in the flow",
  ],
  "a backward import at run time": [
    { "src/target/t.ts": `const x = await import("../commands/exec.ts");` },
    "Cannot import src/commands/exec.ts in src/target/t.ts:1: commands comes after target in the flow",
  ],
  "a re-export": [
    { "src/args/f.ts": `export { x } from "../session/x.ts";` },
    "Cannot import src/session/x.ts in src/args/f.ts:1: session comes after args in the flow",
  ],
  "code of an earlier stage": [
    { "src/target/t.ts": `import { type A, b } from "../args/f.ts";` },
    "Cannot import src/args/f.ts in src/target/t.ts:1: a stage takes only types from a stage before it; " +
    "commands/ brings them together",
  ],
  "a wirer from below": [
    { "src/commands/exec.ts": `import { run } from "../cli.ts";` },
    "Cannot import src/cli.ts in src/commands/exec.ts:1: cli.ts comes after commands in the flow",
  ],
  "the SDK outside src/aws": [
    { "src/access/a.ts": `import type { Task } from "@aws-sdk/client-ecs";` },
    "Cannot import @aws-sdk/client-ecs in src/access/a.ts:1: only src/aws may",
  ],
  "a package outside its module": [
    { "src/exec/e.ts": `import { split } from "shlex";` },
    "Cannot import shlex in src/exec/e.ts:1: only src/shell_words.ts may",
  ],
  "a package of the tests": [
    { "src/session/s.ts": `import ws from "ws";` },
    "Cannot import ws in src/session/s.ts:1: it is not a package of the program",
  ],
  "a stage from a side room": [
    { "src/aws/a.ts": `import type { A } from "../access/access.ts";` },
    "Cannot import src/access/access.ts in src/aws/a.ts:1: src/aws imports only the files at the top of src/",
  ],
  "a side room from where it does not belong": [
    { "src/target/t.ts": `import { ecs } from "../aws/ecs.ts";` },
    "Cannot import src/aws/ecs.ts in src/target/t.ts:1: only config, access, session, limits, report, " +
    "start, exec, rack, commands, cli.ts, main.ts may import the code of src/aws",
  ],
  "a room from the top": [
    { "src/errors.ts": `import { x } from "./args/x.ts";` },
    "Cannot import src/args/x.ts in src/errors.ts:1: the files at the top of src/ import only each other",
  ],
  "the rack from another verb than its own": [
    { "src/commands/exec/e.ts": `import { x } from "../../rack/x.ts";` },
    "Cannot import src/rack/x.ts in src/commands/exec/e.ts:1: only src/commands/rack may import the rack",
  ],
  "the rack from the top": [
    { "src/cli.ts": `import type { X } from "./rack/x.ts";` },
    "Cannot import src/rack/x.ts in src/cli.ts:1: only src/commands/rack may import the rack",
  ],
  "a room that the flow does not know": [
    { "src/utils/x.ts": `import { f } from "../args/f.ts";` },
    "Cannot import src/args/f.ts in src/utils/x.ts:1: utils has no place in the flow",
  ],
  "the program from the sandbox": [
    {
      "tests/sandbox/codec.ts":
        `import { codec } from "../../src/session/codec.ts";`,
    },
    "Cannot import src/session/codec.ts in tests/sandbox/codec.ts:1: the sandbox shares no code with the " +
    "program, so that a mistake cannot cancel itself out",
  ],
  "a test from the program": [
    { "src/args/f.ts": `import { x } from "../../tests/x.ts";` },
    "Cannot import tests/x.ts in src/args/f.ts:1: the program does not contain its tests or scripts",
  ],
};

for (const [name, [files, message]] of Object.entries(refused)) {
  Deno.test(`refuses ${name}`, async () =>
    assert.deepEqual(await checkTree(files), [message]));
}
