import assert from "node:assert/strict";
import { CancelledBySignal } from "../../../src/cancelled_by_signal.ts";
import type { SignalName, SpawnOptions } from "../../../src/deps.ts";
import { openAttachedPluginSession } from "../../../src/session/plugin/open_attached_plugin_session.ts";
import type { PluginDeps } from "../../../src/session/plugin/run_plugin.ts";
import type { SessionEnd } from "../../../src/session/session.ts";

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** A plugin that runs until it is killed, and a terminal whose modes are these; without `stty` they cannot be read. */
async function open({ hasStty = true, stubborn = false } = {}) {
  const handlers = new Map<SignalName, Set<() => void>>();
  const exit = Promise.withResolvers<{ code: number; signal: string | null }>();
  const done: string[] = [];
  let modes = "sane";
  let wake = () => {};
  const deps = {
    platform: "linux",
    spawn({ command, args }: SpawnOptions) {
      if (command === "stty" && !hasStty) throw new Error("no stty");
      if (command === "stty" && args[0] !== "-g") modes = args[0]!;
      return {
        stdout: ReadableStream.from([new TextEncoder().encode(`${modes}\n`)]),
        exit: command === "stty"
          ? Promise.resolve({ code: 0, signal: null })
          : exit.promise,
        kill(signal: string) {
          done.push(signal);
          if (!stubborn || signal === "SIGKILL") {
            exit.resolve({ code: 143, signal });
          }
        },
      };
    },
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        // A stubborn plugin uses all the time that it has to end.
        if (signal?.aborted || (stubborn && ms === 1_000)) return resolve();
        wake = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
    onSignal(name: SignalName, handler: () => void) {
      const all = handlers.get(name) ?? new Set();
      handlers.set(name, all.add(handler));
      return () => void all.delete(handler);
    },
  } as unknown as PluginDeps;
  const session = await openAttachedPluginSession({
    pluginPath: "/bin/plugin",
    version: "1.2.764.0",
    grant: {
      sessionId: "s",
      streamUrl: "wss://host/s",
      tokenValue: "secret",
      target: "ecs:c_t_r",
    },
    region: "us-east-1",
    ssmEndpoint: "https://ssm",
    terminate: (id) => Promise.resolve(void done.push(`end ${id}`)),
  }, deps);
  return {
    session,
    done,
    signal: (name: SignalName) =>
      [...handlers.get(name) ?? []].forEach((handler) => handler()),
    /** The plugin sets the terminal's modes, as it does once its session is open. */
    async setModes() {
      modes = "raw";
      let isOpen = false;
      void session.opened.then(() => isOpen = true);
      while (!isOpen) {
        wake();
        await settle();
      }
    },
    leave: (code = 0) => exit.resolve({ code, signal: null }),
    modes: () => modes,
    hears: (name: SignalName) => (handlers.get(name)?.size ?? 0) > 0,
    listeners: () =>
      [...handlers.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

Deno.test("a key that interrupts before the session is open cancels, and ends the plugin and the session", async () => {
  for (const name of ["SIGINT", "SIGQUIT"] as const) {
    const plugin = await open();
    plugin.signal(name);
    const end = await plugin.session.exit;
    assert(end.kind === "failed" && end.error instanceof CancelledBySignal);
    assert.equal(end.error.signal, name);
    assert.deepEqual(plugin.done, ["end s", "SIGTERM"]);
    assert.equal(plugin.listeners(), 0);
  }
});

Deno.test("once it is open such keys are the plugin's, and the terminal is as it was in the end", async () => {
  const plugin = await open();
  await plugin.setModes();
  for (const name of ["SIGINT", "SIGQUIT", "SIGTSTP"] as const) {
    plugin.signal(name);
  }
  await settle();
  assert.deepEqual(plugin.done, []);
  // A stop must not stop porthole alone.
  assert(plugin.hears("SIGTSTP"));
  plugin.leave();
  assert.deepEqual(await plugin.session.exit, { kind: "unknown" });
  assert.deepEqual([plugin.modes(), plugin.listeners()], ["sane", 0]);
  assert.deepEqual(plugin.done, ["end s"]);
});

Deno.test("what ends a session first is how it ended", async () => {
  const rows = [["SIGTERM", 143], ["SIGHUP", 129]] as const;
  for (const [name, status] of rows) {
    const plugin = await open();
    await plugin.setModes();
    plugin.signal(name);
    await plugin.session.end();
    const expected: SessionEnd = { kind: "status", status };
    assert.deepEqual(await plugin.session.exit, expected);
    assert.deepEqual(plugin.done, ["end s", "SIGTERM"]);
  }
});

Deno.test("a plugin that does not heed its end is killed", async () => {
  const plugin = await open({ stubborn: true });
  await plugin.session.end();
  assert.deepEqual(plugin.done, ["end s", "SIGTERM", "SIGKILL"]);
  assert.deepEqual(await plugin.session.exit, { kind: "unknown" });
});

Deno.test("where the modes cannot be read, the session counts as open", async () => {
  const plugin = await open({ hasStty: false });
  await plugin.setModes();
  plugin.signal("SIGINT");
  await settle();
  assert.deepEqual(plugin.done, []);
  plugin.leave(3);
  const end = await plugin.session.exit;
  assert(end.kind === "failed");
  assert.equal(end.error.code, "plugin_failed");
});
