import assert from "node:assert/strict";
import { readPlace } from "../../src/args/parse_copy.ts";
import { parseArgs } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import type { CopyInvocation } from "../../src/args/invocation.ts";
import { PortholeError } from "../../src/errors.ts";

function parse(...argv: string[]): CopyInvocation {
  const invocation = parseArgs(readWords(["cp", ...argv]), () => undefined);
  assert.equal(invocation.kind, "cp");
  return invocation as CopyInvocation;
}

const TASK = "arn:aws:ecs:eu-west-1:123456789012:task/prod/" + "0a".repeat(16);

Deno.test("a word is a path here, a path in a container, or a stream", () => {
  const table: readonly (readonly [string, object])[] = [
    ["-", { kind: "stream" }],
    ["web:/a", { kind: "remote", target: "web", path: "/a" }],
    ["prod/web:a:b", { kind: "remote", target: "prod/web", path: "a:b" }],
    [":a", { kind: "remote", target: "", path: "a" }],
    [`${TASK}:/a:b`, { kind: "remote", target: TASK, path: "/a:b" }],
    ["./web:/a", { kind: "local", path: "./web:/a" }],
    ["/web:/a", { kind: "local", path: "/web:/a" }],
    ["../a:b", { kind: "local", path: "../a:b" }],
    [".hidden:b", { kind: "local", path: ".hidden:b" }],
    ["a", { kind: "local", path: "a" }],
    ["C:/a", { kind: "remote", target: "C", path: "/a" }],
  ];
  for (const [word, place] of table) {
    assert.deepEqual(readPlace(word, false), place, word);
  }
  assert.deepEqual(readPlace("C:/a", true), { kind: "local", path: "C:/a" });
  assert.deepEqual(readPlace("\\a:b", true), { kind: "local", path: "\\a:b" });
  assert.deepEqual(readPlace("web:/a", true), {
    kind: "remote",
    target: "web",
    path: "/a",
  });
});

Deno.test("cp knows its direction and its target, and takes exec's flags", () => {
  const down = parse("-c", "app", "-u", "7", "prod/web:/a", "prod/web:b", ".");
  assert.deepEqual(down.copy, {
    kind: "down",
    sources: ["/a", "b"],
    destination: ".",
  });
  assert.deepEqual(
    [down.shared.cluster?.value, down.shared.service?.value],
    ["prod", "web"],
  );
  assert.deepEqual([down.container, down.user], ["app", "7"]);
  assert.deepEqual(parse("--preserve", "--", "-a", "b", ":/c").copy, {
    kind: "up",
    sources: ["-a", "b"],
    destination: "/c",
  });
  assert.deepEqual(parse("-", `${TASK}:x`).task, {
    kind: "id",
    id: "0a".repeat(16),
  });
  assert.deepEqual(parse("web:x", "-").copy, {
    kind: "down",
    sources: ["x"],
    destination: "-",
  });
});

Deno.test("cp refuses what has no direction, and says what to write", () => {
  const table: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /nothing was named/],
    [["a"], /destination is missing/],
    [["web:/a"], /destination is missing/],
    [["a", "b"], /neither side is in a container/],
    [["-", "-"], /neither side is in a container/],
    [["web:/a", "api:/b"], /from a container to a container/],
    [["a", "web:/b", "c"], /some sources are in a container/],
    [["web:/a", "api:/b", "."], /must be in one container/],
    [["web:/a", "web:/b", "-"], /several files to "-"/],
    [["-", "a", "web:/b"], /it is one file/],
    [["web:", "."], /no path follows/],
    [["", "web:/b"], /a path is empty/],
    [["web:/a\nb", "."], /line break/],
    [["we b:/a", "."], /not a service/],
    [["web:/a", "-", "-o", "json"], /both are written to standard output/],
    [["-i", "web:/a", "."], /flag of "exec" and "run"/],
  ];
  for (const [argv, expected] of table) {
    assert.throws(() => parse(...argv), (error) => {
      assert.ok(error instanceof PortholeError);
      assert.equal(error.code, "usage");
      assert.match(error.message, expected);
      return true;
    }, argv.join(" "));
  }
});
