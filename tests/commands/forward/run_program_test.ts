import assert from "node:assert/strict";
import { runProgram } from "../../../src/commands/forward/run_program.ts";
import type { Deps, SpawnOptions } from "../../../src/deps.ts";

const PORTS = [{ local: 5432 }, { local: 8080 }];

/** Runs a program that ends with `code` once `end` is called. */
function run(
  command: readonly [string, ...string[]],
  { code = 0, refuse }: { readonly code?: number; readonly refuse?: Error } =
    {},
) {
  const exit = Promise.withResolvers<{ code: number; signal: null }>();
  const handlers = new Map<string, () => void>();
  const killed: string[] = [];
  let spawned: SpawnOptions | undefined;
  const deps = {
    spawn(options: SpawnOptions) {
      spawned = options;
      if (refuse !== undefined) throw refuse;
      return { exit: exit.promise, kill: (name: string) => killed.push(name) };
    },
    onSignal(name: string, handler: () => void) {
      handlers.set(name, handler);
      return () => handlers.delete(name);
    },
  } as unknown as Pick<Deps, "spawn" | "onSignal">;
  return {
    status: runProgram(command, PORTS, deps),
    spawned: () => spawned,
    handlers,
    killed,
    end: () => exit.resolve({ code, signal: null }),
  };
}

Deno.test("a program has the ports in its words and variables, and its own status", async () => {
  const { status, spawned, end } = run(
    ["psql", "{port}", "{port_1}:{port_2}", "{port_3}", "{port_0}", "{ports}"],
    { code: 3 },
  );
  end();
  assert.equal(await status, 3);
  assert.deepEqual(spawned(), {
    command: "psql",
    args: ["5432", "5432:8080", "{port_3}", "{port_0}", "{ports}"],
    env: {
      PORTHOLE_PORT: "5432",
      PORTHOLE_PORT_1: "5432",
      PORTHOLE_PORT_2: "8080",
    },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
    tied: true,
  });
});

Deno.test("keys that interrupt are the program's alone, and what ends porthole is passed on", async () => {
  const { status, handlers, killed, end } = run(["sh"]);
  assert.deepEqual([...handlers.keys()].sort(), [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGTERM",
  ]);
  for (const name of ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP"]) {
    handlers.get(name)?.();
  }
  assert.deepEqual(killed, ["SIGTERM", "SIGHUP"]);
  end();
  await status;
  assert.equal(handlers.size, 0);
});

Deno.test("a program that cannot be started: 127, 126 or 125, and why", async () => {
  const rows = [
    [new Deno.errors.NotFound(""), "command_not_found", /no such program$/],
    [new Deno.errors.PermissionDenied(""), "not_executable", /executable$/],
    [new Error("no memory"), "cannot_start", /no memory$/],
  ] as const;
  for (const [refuse, code, message] of rows) {
    await assert.rejects(run(["nosuch"], { refuse }).status, { code, message });
  }
});
