import assert from "node:assert/strict";
import { findRoute } from "../../../src/rack/routes/find_route.ts";

/** All that a rack answers; everything else is a 404. */
const TABLE = [
  [/^GET \/auth$/, "auth"],
  [/^GET \/racks$/, "racks"],
  [/^GET \/racks\/porthole\/([^/]+)$/, "rack"],
  [/^GET \/system$/, "system"],
  [/^PUT \/system$/, "change_system"],
  [/^GET \/system\/logs$/, "system_logs"],
  [/^GET \/apps$/, "apps"],
  [/^GET \/apps\/([^/]+)$/, "app"],
  [/^GET \/apps\/([^/]+)\/budget$/, "budget"],
  [/^GET \/apps\/([^/]+)\/services$/, "services"],
  [/^GET \/apps\/([^/]+)\/processes$/, "processes"],
  [/^GET \/apps\/([^/]+)\/processes\/([^/]+)$/, "process"],
  [/^DELETE \/apps\/([^/]+)\/processes\/([^/]+)$/, "stop"],
  [/^GET \/apps\/([^/]+)\/processes\/([^/]+)\/exec$/, "exec"],
  [/^POST \/apps\/([^/]+)\/services\/([^/]+)\/processes$/, "run"],
  [/^POST \/porthole\/resume$/, "resume"],
  [/^POST \/porthole\/terminate$/, "terminate"],
] as const;

const METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD"];
const FIRST = ["auth", "racks", "system", "apps", "porthole", "else"];
const SECOND = ["porthole", "logs", "resume", "terminate", "prod"];
const THIRD = ["services", "processes", "budget", "exec"];
const FOURTH = ["web", "exec", "000000000001"];
const FIFTH = ["exec", "processes", "services"];

/** All paths of one to six of those words. */
function* listPaths(): Generator<string> {
  let paths = [""];
  for (const words of [FIRST, SECOND, THIRD, FOURTH, FIFTH, ["exec"]]) {
    paths = paths.flatMap((path) => words.map((word) => `${path}/${word}`));
    yield* paths;
  }
}

Deno.test("a request is for what its method and its whole path say, and for nothing else", () => {
  const found = new Set<string>();
  for (const path of listPaths()) {
    for (const method of METHODS) {
      const request = `${method} ${path}`;
      const expected = TABLE.flatMap(([pattern, kind]) => {
        const match = pattern.exec(request);
        return match === null ? [] : [{ kind, names: match.slice(1) }];
      })[0];
      const route = findRoute(method, path);
      assert.equal(route?.kind, expected?.kind, request);
      if (route === undefined) continue;
      const { kind, ...names } = route;
      assert.deepEqual(Object.values(names), expected?.names, request);
      found.add(kind);
    }
  }
  assert.equal(found.size, TABLE.length);
});

Deno.test("a part that is no plain name leads nowhere", () => {
  for (
    const path of [
      "/apps/",
      "//apps",
      "/apps/prod/",
      "/apps/../auth",
      "/apps/.",
      "/apps/pr%6fd",
      "/apps/prod%2fprocesses",
      "/apps/prod%00",
      "/apps/prod?x=1",
      "/apps/prod;x",
      "/apps/prod web",
      "/apps/\u00e9",
      "auth/",
    ]
  ) assert.equal(findRoute("GET", path), undefined, path);
});
