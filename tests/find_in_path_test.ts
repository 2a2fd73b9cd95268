import assert from "node:assert/strict";
import { findInPath } from "../src/find_in_path.ts";

/** Looks for programs where these paths are programs; `asked` is what was looked at. */
async function find(
  programs: readonly string[],
  path: string | undefined,
  { platform = "linux", there = [] }: {
    readonly platform?: "linux" | "windows";
    readonly there?: readonly string[];
  } = {},
) {
  const asked: string[] = [];
  const found = await findInPath(programs, {
    platform,
    env: (name) => name === "PATH" ? path : undefined,
    isExecutable: (path) => {
      asked.push(path);
      return Promise.resolve(there.includes(path));
    },
  });
  return { found, asked };
}

Deno.test("findInPath takes the first folder that has the first program", async () => {
  const there = ["/b/two", "/a/two", "/b/one"];
  const { found } = await find(["one", "two"], "/a:/b//", { there });
  assert.equal(found, "/b/one");
  assert.equal((await find(["two"], "/a:/b", { there })).found, "/a/two");
  assert.equal((await find(["none"], "/a:/b", { there })).found, undefined);
});

Deno.test("findInPath never looks in the current directory", async () => {
  const { found, asked } = await find(["one"], ":.:bin:./x:~/y::/z", {
    there: ["one", "./one", "bin/one", "/one"],
  });
  assert.deepEqual([found, asked], [undefined, ["/z/one"]]);
  assert.deepEqual((await find(["one"], undefined)).asked, []);
});

Deno.test("findInPath knows Windows' separators, quotes, drives and .exe", async () => {
  const { asked } = await find(
    ["one"],
    'C:\\a\\;"D:\\b c";\\\\host\\share;rel;e:f',
    { platform: "windows" },
  );
  assert.deepEqual(asked, [
    "C:\\a\\one.exe",
    "D:\\b c\\one.exe",
    "\\\\host\\share\\one.exe",
  ]);
});
