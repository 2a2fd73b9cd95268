import assert from "node:assert/strict";
import type { SessionChoice } from "../../src/choices.ts";
import { chooseClient } from "../../src/exec/choose_client.ts";
import type { SpawnedProcess } from "../../src/deps.ts";

interface Machine {
  readonly installed?: boolean;
  /** What the plugin says to --version; an error is one of starting it. */
  readonly version?: string | Error;
  /** What the plugin's name is a link to. */
  readonly link?: string;
  /** Whether our stdout is one. */
  readonly terminal?: boolean;
}

function choose(
  session: SessionChoice,
  { interactive = false, keepAlive = false, variables = false } = {},
  { installed = true, version = "1.2.896.0", terminal = true, link }: Machine =
    {},
) {
  return chooseClient(
    { session: { value: session, source: { kind: "default" } } },
    { interactive, keepAlive, variables },
    {
      platform: "linux",
      stdout: { isTerminal: terminal },
      env: () => "/bin",
      isExecutable: () => Promise.resolve(installed),
      realPath: (path) => Promise.resolve(link ?? path),
      sleep: () => new Promise(() => {}),
      spawn({ args }): SpawnedProcess {
        assert.deepEqual(args, ["--version"]);
        if (version instanceof Error) throw version;
        return {
          pid: 1,
          stdin: new WritableStream(),
          stdout: ReadableStream.from([new TextEncoder().encode(version)]),
          stderr: new ReadableStream(),
          exit: Promise.resolve({ code: 0, signal: null }),
          kill() {},
        };
      },
    },
  );
}

const person = { interactive: true };

Deno.test("auto is the plugin for a person, and the built-in client for all else", async () => {
  assert.equal((await choose("auto", person)).kind, "plugin");
  assert.equal((await choose("auto")).kind, "builtin");
  assert.equal(
    (await choose("auto", { interactive: true, keepAlive: true })).kind,
    "builtin",
  );
  assert.equal(
    (await choose("auto", { interactive: true, variables: true })).kind,
    "builtin",
  );
  // A link to porthole is no plugin, unless it was asked for.
  const link = "/opt/porthole";
  const ours = await choose("auto", person, { link });
  assert.deepEqual([ours.kind, ours.notice], ["builtin", undefined]);
  assert.equal((await choose("plugin", person, { link })).kind, "plugin");
  // `| tee log`: the log is the remote's.
  const recorded = await choose("auto", person, { terminal: false });
  assert.equal(recorded.kind, "builtin");
  assert.equal(recorded.notice, undefined);
});

Deno.test("without the plugin auto says so, and asking for it fails", async () => {
  const client = await choose("auto", person, { installed: false });
  assert.equal(client.kind, "builtin");
  assert.match(
    client.notice ?? "",
    /not found in PATH, using the built-in client \(to install it: https:.*; exec\.session: builtin in the configuration hides this line\)$/,
  );
  await assert.rejects(choose("plugin", {}, { installed: false }), {
    code: "plugin_not_found",
  });
});

for (
  const [version, why] of [
    [new Error("Exec format error"), /^Cannot execute ".*": Exec format error/],
    ["1.2.553.0", /^session-manager-plugin 1\.2\.553\.0 does not sign/],
    ["my own", /^session-manager-plugin does not report its version/],
  ] as const
) {
  Deno.test(`auto leaves a plugin alone that is "${version}", and says why in one line`, async () => {
    const client = await choose("auto", person, { version });
    assert.equal(client.kind, "builtin");
    assert.match(client.because, why);
    assert.match(client.notice ?? "", why);
    assert.match(client.notice ?? "", /using the built-in client \(.*https:/);
    assert(!client.notice?.includes("\n"));
    assert.equal(client.warning, undefined);
  });
}

Deno.test("a plugin that cannot be executed is an error where it was asked for", async () => {
  const version = new Error("Exec format error");
  for (const interactive of [false, true]) {
    await assert.rejects(choose("plugin", { interactive }, { version }), {
      code: "plugin_failed",
    });
  }
});

Deno.test("a plugin that does not sign is warned of where it was asked for, and used", async () => {
  const old = await choose("plugin", person, { version: "1.2.553.0" });
  assert.equal(old.kind, "plugin");
  assert.match(
    old.warning ?? "",
    /1\.2\.553\.0 does not sign .*, which AWS may refuse: update it \(https:/,
  );
  const older = await choose("plugin", {}, { version: "1.2.331.0" });
  assert.match(older.warning ?? "", /token as an argument.*: update it/);
  for (const version of ["1.2.764.0", "my own"]) {
    const client = await choose("plugin", person, { version });
    assert.equal(client.kind, "plugin");
    assert.equal(client.warning, undefined);
  }
});

Deno.test("what was asked for is taken", async () => {
  assert.equal((await choose("plugin")).kind, "plugin");
  const builtin = await choose("builtin", person, {
    version: new Error("never asked"),
  });
  assert.equal(builtin.kind, "builtin");
  assert.equal(builtin.notice, undefined);
});
