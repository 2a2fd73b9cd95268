import assert from "node:assert/strict";
import type { Deps } from "../../../src/deps.ts";
import { PortholeError } from "../../../src/errors.ts";
import { createRealDeps } from "../../../src/real_deps.ts";
import {
  readsEnvironment,
  signsConnection,
  tryPlugin,
} from "../../../src/session/plugin/try_plugin.ts";

const real = createRealDeps();

/** Tries a program with this text; its 2 s are over at once when `late`. */
async function tryScript(text: string, late = false) {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/session-manager-plugin`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  let killed: string | undefined;
  let exit: Promise<unknown> | undefined;
  const deps: Pick<Deps, "spawn" | "sleep"> = {
    spawn(options) {
      const child = real.spawn(options);
      exit = child.exit;
      return {
        pid: child.pid,
        stdin: new WritableStream(),
        stdout: child.stdout,
        stderr: new ReadableStream(),
        exit: child.exit,
        kill(signal) {
          killed = signal;
          child.kill(signal);
        },
      };
    },
    sleep: (ms, signal) => late ? Promise.resolve() : real.sleep(ms, signal),
  };
  try {
    return { version: await tryPlugin(path, deps), killed };
  } catch (error) {
    assert(error instanceof PortholeError);
    return { error, killed };
  } finally {
    await exit;
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [text, expected] of [
    ["1.2.896.0", "1.2.896.0"],
    ["  1.2.764  ", "1.2.764"],
    ["a build of my own", undefined],
    ["1.2.896.0-beta", undefined],
    ["", undefined],
    ["1.2.896.0 and more", undefined],
    [`${"9".repeat(40)}.1`, undefined],
  ] as const
) {
  Deno.test(`"${text}" is the version ${expected}`, async () => {
    assert.equal(
      (await tryScript(`#!/bin/sh\necho '${text}'\n`)).version,
      expected,
    );
  });
}

for (
  const [what, script, message] of [
    [
      "that is no program",
      "not a program\n\0\u0001",
      /^Cannot execute "\/.*session-manager-plugin": /,
    ],
    [
      "whose interpreter is missing",
      "#!/no/such/interpreter\n",
      /^Cannot execute "\/.*session-manager-plugin": /,
    ],
    [
      "that fails",
      "#!/bin/sh\necho 1.2.896.0\nexit 127\n",
      /: it exited with status 127 when asked for its version$/,
    ],
    [
      "that crashes",
      "#!/bin/sh\nkill -SEGV $$\n",
      /: SIGSEGV ended it when asked for its version$/,
    ],
  ] as const
) {
  Deno.test(`a plugin ${what} cannot be executed`, async () => {
    const { error } = await tryScript(script);
    assert.equal(error?.code, "plugin_failed");
    assert.match(error?.message ?? "", message);
    assert.match(error?.link ?? "", /install-plugin/);
  });
}

Deno.test("a plugin that hangs is killed after 2 s, whatever it ignores and whoever holds its output", async () => {
  const { error, killed } = await tryScript(
    '#!/bin/sh\ntrap "" TERM INT HUP\nsleep 2 &\nwhile :; do sleep 0.1; done\n',
    true,
  );
  assert.match(
    error?.message ?? "",
    /: it did not report its version within 2 s$/,
  );
  assert.equal(killed, "SIGKILL");
});

Deno.test("a plugin that is not there any more cannot be executed", async () => {
  await assert.rejects(tryPlugin("/no/such/session-manager-plugin", real), {
    code: "plugin_failed",
  });
});

for (
  const [version, expected] of [
    ["1.2.497.0", false],
    ["1.2.331.0", false],
    ["1.1.900.0", false],
    ["0.9.999.0", false],
    ["1.2.498.0", true],
    ["1.2.1000.0", true],
    ["1.3.0.0", true],
    ["2.0", true],
    [undefined, true],
  ] as const
) {
  Deno.test(`plugin ${version} takes the token from the environment: ${expected}`, () => {
    assert.equal(readsEnvironment(version), expected);
  });
}

for (
  const [version, expected] of [
    ["1.2.763.0", false],
    ["1.2.497.0", false],
    ["1.1.900.0", false],
    ["0.9.999.0", false],
    ["1.2.764.0", true],
    ["1.2.764", true],
    ["1.2.1000.0", true],
    ["1.3.0.0", true],
    ["2.0", true],
    [undefined, false],
  ] as const
) {
  Deno.test(`plugin ${version} signs its connection: ${expected}`, () => {
    assert.equal(signsConnection(version), expected);
  });
}
