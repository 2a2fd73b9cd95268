import assert from "node:assert/strict";
import { createChooser } from "../../src/start/create_chooser.ts";
import { createRealDeps } from "../../src/real_deps.ts";
import type { Setting, Source } from "../../src/setting.ts";

const PROJECT = "/proj/ecspresso.yml";
const SHARED = "/home/u/.config/porthole/config.yml";

function choose(
  { source, typed, terminal = true, dryRun = false, noInput = false }: {
    readonly source?: Source;
    readonly typed?: string;
    readonly terminal?: boolean | "stderr";
    readonly dryRun?: boolean;
    readonly noInput?: boolean;
  },
) {
  const real = createRealDeps();
  const warnings: string[] = [];
  const started: string[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (text: string) => void warnings.push(text),
    withPrefix: () => log,
    hush: () => {},
    isQuiet: () => false,
  };
  const filterCommand: Setting<string> | undefined = source &&
    { value: "fzf", source };
  const chooser = createChooser(
    {
      shared: { noInput, color: "never" },
      filterCommand: typed,
      dryRun,
    },
    {
      path: PROJECT,
      files: [PROJECT, SHARED],
      ...(filterCommand && { filterCommand }),
    },
    {
      ...real,
      stdin: { ...real.stdin, isTerminal: terminal === true },
      stderr: { ...real.stderr, isTerminal: terminal !== false },
      spawn: ({ command }) => {
        started.push(command);
        throw new Deno.errors.NotFound();
      },
    },
    log,
  );
  return { chooser, warnings, started };
}

function fromFile(path: string): Source {
  return { kind: "file", path, line: 3, column: 1 };
}

for (
  const path of [
    "ecspresso.yml",
    PROJECT,
    "ecspresso.jsonnet (evaluated)",
  ]
) {
  Deno.test(`a filter of the project's file (${path}) runs only where the picker would ask, and is named`, async () => {
    const source = fromFile(path);
    for (
      const around of [
        { terminal: false },
        { dryRun: true },
        { terminal: false, dryRun: true },
      ]
    ) {
      const { chooser } = choose({ source, ...around });
      assert.equal(chooser.filter, undefined);
      assert.equal(await chooser.canAsk(), around.terminal !== false);
    }
    assert.equal(
      await (choose({ source, noInput: true })).chooser.canAsk(),
      false,
    );
    const { chooser, warnings, started } = choose({ source });
    assert.deepEqual(warnings, []);
    await assert.rejects(async () => await chooser.filter?.(["a", "b"]));
    assert.deepEqual(started, ["fzf"]);
    assert.deepEqual(warnings, [
      `Starting filter_command "fzf" of ${path}:3:1`,
    ]);
  });
}

for (
  const [who, given] of [
    ["--filter-command", { typed: "fzf" }],
    ["--filter-command over the project's", {
      typed: "fzf",
      source: fromFile(PROJECT),
    }],
    ["a variable", {
      source: { kind: "env", name: "ECSPRESSO_FILTER_COMMAND" },
    }],
    ["the user's own file", { source: fromFile(SHARED) }],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<typeof choose>[0],
  ])[]
) {
  Deno.test(`${who}: a filter needs no terminal of ours, and no word`, async () => {
    for (const around of [{}, { terminal: false }, { dryRun: true }]) {
      const { chooser, warnings, started } = choose({
        ...given,
        ...around,
      });
      assert.equal(await chooser.canAsk(), true);
      await assert.rejects(async () => await chooser.filter?.(["a", "b"]));
      assert.deepEqual(started, ["fzf"]);
      assert.deepEqual(warnings, []);
    }
    assert.equal(
      await (choose({ ...given, terminal: false, noInput: true })).chooser
        .canAsk(),
      false,
    );
  });
}

Deno.test("a shell looks for the terminal only when a question is due, and once", async () => {
  const { chooser, started } = choose({ terminal: "stderr" });
  assert.deepEqual(started, []);
  assert.equal(await chooser.canAsk(), false);
  assert.equal(await chooser.canAsk(), false);
  assert.deepEqual(started, Deno.build.os === "windows" ? [] : ["sh"]);
});
