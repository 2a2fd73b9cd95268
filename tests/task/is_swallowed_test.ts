import assert from "node:assert/strict";
import { isSwallowed } from "../../src/task/is_swallowed.ts";

for (
  const [entryPoint, expected] of [
    [[], false],
    [["/docker-entrypoint.sh"], false],
    [["npm", "run"], false],
    [["sh"], false],
    [["/bin/sh", "/entry.sh"], false],
    [["sh", "-c"], true],
    [["/bin/bash", "-lc", "exec server"], true],
    [["busybox", "sh", "-ec", "server"], true],
    [["/tini", "--", "ash", "-c", "server --port $PORT"], true],
    [["sh", "-c", 'exec "$@"', "sh"], false],
    [["sh", "-c", "migrate && exec $*", "sh"], false],
    [["bash", "-c", 'exec "${@}"', "_"], false],
    [["sh", "-e", "-c", '"$0" "$1"'], false],
  ] as const
) {
  Deno.test(
    `an ENTRYPOINT ${JSON.stringify(entryPoint)} ${
      expected ? "runs" : "may run"
    } ${expected ? "no command behind it" : "the command behind it"}`,
    () => assert.equal(isSwallowed(entryPoint), expected),
  );
}
