import assert from "node:assert/strict";
import type { SessionInvocation } from "../../src/args/invocation.ts";
import { PortholeError } from "../../src/errors.ts";
import { checkFlags } from "../../src/exec/check_flags.ts";
import {
  describeVariables,
  MAX_CARRIED_BYTES,
} from "../../src/session/variables.ts";

type Place = Parameters<typeof checkFlags>[2];

const NONE = { env: [] } as unknown as SessionInvocation;
const HERE: Place = { client: "builtin", windows: false, onInstance: false };

/** What is said against flags; undefined where they may be used. */
function refusal(
  flags: Partial<SessionInvocation>,
  place: Partial<Place> = {},
  interactive = false,
): string | undefined {
  try {
    checkFlags(
      { ...NONE, ...flags },
      { interactive, stdin: false, binary: false },
      { ...HERE, ...place },
    );
    return undefined;
  } catch (error) {
    assert(error instanceof PortholeError);
    assert.equal(error.code, "usage");
    return error.message;
  }
}

Deno.test("a Windows task has no shell to carry a user, a directory, variables or stderr", () => {
  const env = [{ name: "A", value: "1" }];
  for (
    const flags of [
      { user: "app" },
      { workdir: "/srv" },
      { env },
      { binary: true },
      { stderr: "split" as const },
    ]
  ) {
    assert.match(refusal(flags, { windows: true }) ?? "", /Windows task/);
    assert.equal(refusal(flags), undefined);
    assert.equal(
      refusal(flags, { windows: true, client: "docker" }),
      undefined,
    );
  }
});

Deno.test("the plugin keeps nothing alive, and in a terminal carries no variables", () => {
  const env = [{ name: "A", value: "1" }];
  const plugin = { client: "plugin" } as const;
  assert.match(refusal({ keepAlive: true }, plugin) ?? "", /keep-alive/);
  assert.match(refusal({ env }, plugin, true) ?? "", /"--env"/);
  assert.match(refusal({ binary: true }, plugin, true) ?? "", /"--binary"/);
  assert.equal(refusal({ env }, plugin), undefined);
});

Deno.test("docker's own variables are refused only where docker on the instance would read them", () => {
  const env = [{ name: "DOCKER_HOST", value: "tcp://elsewhere" }];
  assert.match(refusal({ env }, { onInstance: true }) ?? "", /"DOCKER_HOST"/);
  assert.equal(refusal({ env }), undefined);
});

Deno.test("variables may be as long as a session carries, and not a byte longer", () => {
  const spare = describeVariables([{ name: "A", value: "" }]).length;
  const env = (length: number) => [{ name: "A", value: "x".repeat(length) }];
  const most = MAX_CARRIED_BYTES - spare;
  assert.equal(refusal({ env: env(most) }), undefined);
  assert.match(
    refusal({ env: env(most + 1) }) ?? "",
    new RegExp(`${MAX_CARRIED_BYTES + 1} bytes`),
  );
  // Bytes count, and not characters.
  assert.match(
    refusal({ env: [{ name: "A", value: "é".repeat(most - 1) }] }) ?? "",
    /bytes long/,
  );
});
