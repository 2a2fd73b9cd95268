import assert from "node:assert/strict";
import { describeLeft } from "../../src/exec/describe_left.ts";
import { explainUnknownStatus } from "../../src/exec/explain_unknown_status.ts";
import { explainUnsentStdin } from "../../src/exec/explain_unsent_stdin.ts";
import type { Way } from "../../src/exec/decide_way.ts";
import { container, fakeAccess, task } from "../target/fake_access.ts";

function session(profile?: string) {
  return {
    access: fakeAccess({}),
    config: (profile === undefined ? {} : {
      profile: { value: profile },
    }) as never,
    target: {
      cluster: "main",
      task: task("1"),
      container: container("my app"),
      notes: [],
    },
  };
}

Deno.test("a command that may go on is told with the command line that ends it", () => {
  assert.match(
    describeLeft({ pid: 42 }, session()),
    /\(process group 42\); to end it: porthole exec --region us-east-1 --cluster main --task-id 1 -c 'my app' --command 'kill -TERM -42'$/,
  );
  assert.match(
    describeLeft({ pid: 42 }, session("dev")),
    / --profile dev --cluster main /,
  );
  assert.doesNotMatch(describeLeft({ pid: undefined }, session()), /to end it/);
});

const way = (client: "plugin" | "builtin" | "docker", windows = false) =>
  ({ client: { kind: client }, windows }) as unknown as Way;

Deno.test("a status is unknown where nothing reports it, and only there", () => {
  const explain = (w: Way, noShell: boolean, interactive: boolean) =>
    explainUnknownStatus(w, { noShell }, { interactive });
  assert.equal(explain(way("builtin"), false, true), undefined);
  assert.equal(explain(way("plugin"), false, false), undefined);
  assert.match(explain(way("plugin"), false, true) ?? "", /plugin/);
  assert.match(explain(way("builtin"), true, false) ?? "", /nothing in/);
  assert.match(explain(way("builtin", true), false, false) ?? "", /nothing in/);
  assert.equal(explain(way("docker", true), true, true), undefined);
});

Deno.test("stdin is not sent where its end would not arrive, and only there", () => {
  const explain = (w: Way, noShell: boolean) =>
    explainUnsentStdin(w, { noShell });
  assert.equal(explain(way("builtin"), false), undefined);
  assert.match(explain(way("plugin"), false) ?? "", /would stop at its end/);
  assert.match(explain(way("builtin"), true) ?? "", /would see its end/);
  assert.match(explain(way("builtin", true), false) ?? "", /would see its end/);
  assert.equal(explain(way("docker"), true), undefined);
});
