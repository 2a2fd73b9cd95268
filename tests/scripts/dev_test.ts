import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { projectRoot } from "../../scripts/project.ts";

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs scripts/dev of a small project in a folder whose name has a space, from another folder. */
async function runDev(
  ...args: string[]
): Promise<Run & { readonly cwd: string }> {
  const root = await Deno.realPath(await Deno.makeTempDir({ suffix: " x" }));
  const cwd = `${root}/elsewhere`;
  try {
    await Deno.mkdir(`${root}/scripts`);
    await Deno.mkdir(cwd);
    await Deno.copyFile(`${projectRoot}scripts/dev`, `${root}/scripts/dev`);
    await Deno.writeTextFile(`${root}/.deno-version`, `${Deno.version.deno}\n`);
    await Deno.writeTextFile(
      `${root}/deno.json`,
      `{\n  "tasks": {\n    "show": "deno run -A scripts/show.ts",\n    "eval": "deno eval"\n  }\n}\n`,
    );
    await Deno.writeTextFile(
      `${root}/scripts/show.ts`,
      `console.log(JSON.stringify([Deno.cwd(), Deno.env.get("INIT_CWD"), ...Deno.args]));`,
    );
    const { code, stdout, stderr } = await new Deno.Command(
      `${root}/scripts/dev`,
      {
        args,
        cwd,
        env: {
          PATH: `${dirname(Deno.execPath())}${delimiter}${
            Deno.env.get("PATH")
          }`,
        },
      },
    ).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      status: code,
      stdout: decode(stdout),
      stderr: decode(stderr),
      cwd,
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("scripts/dev hands every argument over unchanged, in the caller's folder", async () => {
  const words = [
    "--",
    "printf",
    "%s\\n",
    "A B",
    "",
    "$HOME",
    `c"d`,
    "it's",
    "`x`",
    "$(x)",
    "a\\b",
    "*",
  ];
  const more = [
    "new\nline",
    "-h",
    "--quiet",
    "#x",
    "é",
    "~",
    "{a,b}",
    "!x",
    ";",
    "&&",
    "--",
  ];
  const { stdout, stderr, status, cwd } = await runDev(
    "show",
    ...words,
    ...more,
  );
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [cwd, cwd, ...words, ...more]);
  assert.equal(status, 0);
});

Deno.test("scripts/dev leaves with the task's status", async () => {
  assert.equal((await runDev("eval", "Deno.exit(7)")).status, 7);
});

Deno.test("scripts/dev without a task lists them", async () => {
  const { stdout, status } = await runDev();
  assert.equal(stdout, "Usage: scripts/dev TASK [ARG…]\n\n  show\n  eval\n");
  assert.equal(status, 0);
});

for (const task of ["nope", "", "sh.w", "tasks"]) {
  Deno.test(`scripts/dev refuses the task "${task}"`, async () => {
    const { stderr, status } = await runDev(task);
    assert.equal(
      stderr,
      `error: Cannot find task "${task}": there are show eval\n`,
    );
    assert.equal(status, 2);
  });
}
