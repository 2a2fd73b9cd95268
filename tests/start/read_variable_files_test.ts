import assert from "node:assert/strict";
import type {
  ExecInvocation,
  RunInvocation,
} from "../../src/args/invocation.ts";
import { PortholeError } from "../../src/errors.ts";
import { readVariableFiles } from "../../src/start/read_variable_files.ts";

const files: Readonly<Record<string, string>> = {
  "/w/a.env":
    '\ufeff# comment\nA=1\n\nB= two words \nQ="kept"\r\nHOME\nUNSET\n',
  "/w/b.env": "A=2\n",
  "/w/bad.env": "A=1\nnot a name=hunter2\n",
};

const deps = {
  cwd: () => "/w",
  env: (name: string) => name === "HOME" ? "/home/me" : undefined,
  readTextFile: (path: string) => {
    const text = files[path];
    return text === undefined
      ? Promise.reject(new Deno.errors.NotFound())
      : Promise.resolve(text);
  },
};

function exec(variableFiles: readonly string[]): ExecInvocation {
  return {
    kind: "exec",
    variableFiles,
    env: [{ name: "A", value: "typed" }],
  } as unknown as ExecInvocation;
}

Deno.test("a file has docker's form, and what was typed comes last", async () => {
  const { env } = await readVariableFiles(exec(["a.env", "b.env"]), deps);
  assert.deepEqual(env.map(({ name, value }) => `${name}=${value}`), [
    "A=1",
    "B= two words ",
    'Q="kept"',
    "HOME=/home/me",
    "A=2",
    "A=typed",
  ]);
});

Deno.test("run gives them to the container", async () => {
  const run = {
    kind: "run",
    variableFiles: ["b.env"],
    variables: [],
  } as unknown as RunInvocation;
  const { variables } = await readVariableFiles(run, deps);
  assert.deepEqual(variables, [{ name: "A", value: "2" }]);
});

Deno.test("a file that is missing or wrong is told by its place, never by its text", async () => {
  for (
    const [file, code, text] of [
      ["none.env", "io_failed", /"none.env": there is no such file/],
      ["bad.env", "usage", /"bad.env", line 2: it is not a variable/],
    ] as const
  ) {
    await assert.rejects(readVariableFiles(exec([file]), deps), (error) => {
      assert.ok(error instanceof PortholeError);
      assert.equal(error.code, code);
      assert.match(error.message, text);
      assert.ok(!`${error.message}${error.hint}`.includes("hunter2"));
      return true;
    });
  }
});
