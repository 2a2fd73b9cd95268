import assert from "node:assert/strict";
import { refuseLossy } from "../../src/exec/refuse_lossy.ts";
import type { Way } from "../../src/exec/decide_way.ts";

const BUILTIN: Way["client"] = { kind: "builtin", because: "it is there" };
const DOCKER: Way["client"] = { kind: "docker", because: "the route" };
const PLUGIN: Way["client"] = { kind: "plugin", path: "/p", because: "asked" };

function refuse(
  { client = BUILTIN, windows = false, noShell = false, stdin = false }: {
    readonly client?: Way["client"];
    readonly windows?: boolean;
    readonly noShell?: boolean;
    readonly stdin?: boolean;
  },
): void {
  refuseLossy({ client, windows }, {
    invocation: { noShell },
    streams: { interactive: false, stdin, binary: true },
  });
}

Deno.test("files are copied only where every byte and the status come through", () => {
  for (const stdin of [false, true]) {
    refuse({ stdin });
    refuse({ stdin, client: DOCKER });
    refuse({ stdin, client: DOCKER, windows: true });
    assert.throws(() => refuse({ stdin, windows: true }), {
      code: "usage",
      message: /Windows task/,
    });
    assert.throws(() => refuse({ stdin, noShell: true }), { code: "usage" });
  }
  assert.throws(() => refuse({ stdin: true, client: PLUGIN }), {
    code: "usage",
    message: /session-manager-plugin/,
  });
});
