import assert from "node:assert/strict";
import type { Config } from "../../src/config/config.ts";
import { readRequest } from "../../src/exec/announce_target.ts";

/** What is asked for with a cluster that comes from there, and a file or none. */
function request(
  cluster: Config["cluster"],
  { path, service }: {
    readonly path?: string;
    readonly service?: Config["service"];
  } = {},
) {
  const config = { path, cluster, service } as unknown as Config;
  return readRequest({ container: "app" }, config);
}

const unset = { value: "default", source: { kind: "default" } } as const;
const typed = {
  value: "main",
  source: { kind: "flag", name: "--cluster" },
} as const;

Deno.test("a cluster is assumed only where neither a flag nor a file could name one", () => {
  assert.equal(request(unset).clusterAssumed, true);
  // A file without a cluster means "default", as ecspresso's does.
  assert.equal(request(unset, { path: "a.yml" }).clusterAssumed, false);
  assert.equal(request(typed).clusterAssumed, false);
});

Deno.test("what is typed is what is asked for", () => {
  const { cluster, service, container } = request(typed, {
    service: { value: "web", source: { kind: "flag", name: "--service" } },
  });
  assert.deepEqual([cluster, service, container], ["main", "web", "app"]);
  assert.equal("service" in request(typed), false);
});
