import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import { readGuide, readGuides } from "./read_guides.ts";
import { installPrograms, runGuide } from "./run_guide.ts";

Deno.test("readGuide finds blocks with their marks, and code in the text", () => {
  const guide = readGuide(
    "a.md",
    "# A\n\nSay `porthole\nhelp`.\n\n```sh not-run: it takes long\nls\n```\n\n``a `b` c``\n\n```\n`d`\n```\n",
  );
  assert.deepEqual(guide.codes, ["porthole help", "a `b` c"]);
  assert.deepEqual(guide.blocks, [
    { language: "sh", mark: "not-run: it takes long", line: 7, text: "ls\n" },
    { language: "", mark: "", line: 13, text: "`d`\n" },
  ]);
});

/** All of them at once leave too little of a small machine to each. */
const AT_ONCE = 8;

Deno.test({
  name: "what the guides say is so",
  ignore: Deno.build.os === "windows",
  // The sandbox in this process, and node-pty's handles, outlive the test.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const bin = `${folder}/bin`;
    const recorder = `${folder}/recorder`;
    try {
      await Deno.mkdir(bin);
      await Deno.mkdir(recorder);
      await installPrograms({ bin, recorder });
      const problems: string[] = [];
      const guides = [...readGuides()];
      const work = async (): Promise<void> => {
        for (let guide = guides.pop(); guide; guide = guides.pop()) {
          // One for each guide: some change what there is.
          const sandbox = await startSandbox({
            clusters: 2,
            clusterNames: ["prod"],
            parameters: { "/app/service": "worker" },
          });
          const { PORTHOLE_CONFIG: _, ...env } = sandbox.env;
          const cwd = `${sandbox.directory}/guide`;
          await Deno.mkdir(cwd);
          try {
            problems.push(
              ...await runGuide(guide, {
                cwd,
                bin,
                recorder,
                env: { ...env, XDG_CONFIG_HOME: `${cwd}/.config` },
              }),
            );
          } finally {
            await sandbox.close();
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      assert.deepEqual(problems, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
