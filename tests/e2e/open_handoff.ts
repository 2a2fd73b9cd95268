import assert from "node:assert/strict";
import { openOnRack } from "../../src/session/rack/v1/open_on_rack.ts";
import type { Handoff } from "../../src/session/rack/v1/opened.ts";
import { WRAPPER_VERSION } from "../../src/session/wrap_command.ts";
import { dialPorthole } from "../../src/start/dial_rack.ts";
import { openRack } from "../../src/start/open_rack.ts";
import { sleep } from "../rack/start_rack.ts";

/** Has a rack of porthole's hand a session off, which nobody joins. */
export async function openHandoff(
  { port, token, app, pid }: {
    readonly port: number;
    readonly token: string;
    readonly app: string;
    readonly pid: string;
  },
): Promise<Handoff> {
  const deps = { env: () => undefined, sleep };
  const client = openRack({
    name: "test",
    url: new URL(`http://127.0.0.1:${port}`),
    token,
    tls: { kind: "public" },
    streamHosts: [],
  }, deps);
  const granted = await openOnRack({
    command: { kind: "line", line: "sleep 60" },
    tty: false,
    env: [],
    stdin: false,
    binary: true,
    bare: false,
    keepAlive: false,
    carriers: ["handoff"],
    wrappers: [WRAPPER_VERSION],
  }, {
    dial: (events) =>
      dialPorthole(
        client,
        ["apps", app, "processes", pid, "exec"],
        events,
        deps,
      ),
    now: Date.now,
    sleep,
    rackName: "test",
    signal: new AbortController().signal,
  });
  assert.ok(granted.kind === "handoff");
  return granted.handoff;
}
