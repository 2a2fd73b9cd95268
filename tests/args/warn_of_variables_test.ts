import assert from "node:assert/strict";
import { FLAGS, variablesOf } from "../../src/args/flags.ts";
import { warnOfVariables } from "../../src/args/warn_of_variables.ts";

for (
  const [name, meant] of [
    ["PORTHOLE_CLUSTR", "PORTHOLE_CLUSTER"],
    ["PORTHOLE_NOINPUT", "PORTHOLE_NO_INPUT"],
    ["PORTHOLE_LOGFORMAT", "PORTHOLE_LOG_FORMAT"],
    ["PORTHOLE_sevice", "PORTHOLE_SERVICE"],
    ["porthole_region", "PORTHOLE_REGION"],
    ["PORTHOLE_QUITE", "PORTHOLE_QUIET"],
  ] as const
) {
  Deno.test(`${name} is taken for ${meant}`, () => {
    assert.deepEqual(warnOfVariables(["PATH", name]), [
      `Unknown variable "${name}": did you mean "${meant}"?`,
    ]);
  });
}

Deno.test("variables of porthole, and those of others, are no mistake", () => {
  const own = FLAGS.flatMap((flag) => variablesOf(flag));
  assert.deepEqual(warnOfVariables(own), []);
  assert.deepEqual(
    warnOfVariables(["PORTHOLE_TEST_LONG", "PORTHOLE_", "PORTHOLE_ENV", "X"]),
    [],
  );
});
