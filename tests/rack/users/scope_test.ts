import assert from "node:assert/strict";
import {
  allows,
  formatScope,
  parseScope,
  reaches,
  type Scope,
} from "../../../src/rack/users/scope.ts";

function scopes(...texts: readonly string[]): readonly Scope[] {
  return texts.map((text) => parseScope(text)!);
}

Deno.test("a scope is a verb, an app and a service; a star is one whole name", () => {
  for (const text of ["list:a/b", "exec:*/*", "run:prod-1/*", "exec:*/web_2"]) {
    assert.equal(formatScope(parseScope(text)!), text);
  }
  for (
    const text of [
      "",
      "exec",
      "exec:",
      "exec:prod",
      "exec:prod/",
      "exec:/web",
      "exec:prod/web/x",
      "exec:pr*/web",
      "exec:**/web",
      "exec:../web",
      "exec:prod/web ",
      "exec: prod/web",
      "admin:prod/web",
      "EXEC:prod/web",
      "exec:prod/we.b",
    ]
  ) assert.equal(parseScope(text), undefined, text);
});

Deno.test("exec and run let their holder see; nothing else comes with anything", () => {
  const rows: [string, string, boolean][] = [
    ["list:prod/web", "list", true],
    ["list:prod/web", "exec", false],
    ["list:prod/web", "run", false],
    ["exec:prod/web", "list", true],
    ["exec:prod/web", "exec", true],
    ["exec:prod/web", "run", false],
    ["run:prod/web", "list", true],
    ["run:prod/web", "exec", false],
    ["run:prod/web", "run", true],
    ["exec:prod/*", "exec", true],
    ["exec:*/web", "exec", true],
    ["exec:other/web", "exec", false],
    ["exec:prod/other", "exec", false],
    ["exec:prod/we", "exec", false],
  ];
  for (const [scope, verb, wanted] of rows) {
    assert.equal(
      allows(scopes(scope), verb as Scope["verb"], "prod", "web"),
      wanted,
      `${scope} for ${verb}`,
    );
  }
  assert.equal(allows([], "list", "prod", "web"), false);
  assert.equal(reaches(scopes("list:prod/web"), "prod"), true);
  assert.equal(reaches(scopes("list:prod/web"), "other"), false);
  assert.equal(reaches(scopes("list:*/web"), "other"), true);
});
