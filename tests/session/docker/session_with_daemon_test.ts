import assert from "node:assert/strict";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import { NO_WATCHDOG } from "../../../src/session/docker/watchdog.ts";
import type { SessionEnd } from "../../../src/session/session.ts";
import { finishSession } from "../../docker/engine/open_engine_session.ts";
import {
  ended,
  type ExecScript,
  frame,
  openOn,
  type Piece,
  running,
  sleepShortly,
  type StandInDaemon,
  type StandInState,
  started,
  startStandIn,
  well,
} from "./stand_in_daemon.ts";

/** A watchdog in an exec of its own, and what comes when it is let go. */
function watchdog(released: readonly Piece[]): ExecScript {
  return {
    stream: () => [frame(1, "123\n"), "silence"],
    answers: { quit: released },
    state: well,
  };
}

const faithful = watchdog([frame(1, "released\n")]);

/** A container without a shell: nothing starts under a supervisor. */
const noShell: ExecScript = {
  stream: () => [
    frame(1, 'OCI runtime exec failed: exec: "sh": no such file: unknown'),
  ],
  state: { Running: false, ExitCode: 126, Pid: 0 },
};

/** A supervised command that prints, and ends with this status. */
function prints(text: string, status = 0): ExecScript {
  return {
    stream: (n) => [...started(n), frame(1, text), ...ended(n)],
    state: { ...well, ExitCode: status },
  };
}

/** One that goes on. */
const goesOn: ExecScript = {
  stream: (n) => [...started(n), frame(1, "a"), "silence"],
  state: { ...well, Running: true, ExitCode: null },
};

/** Waits of seconds that never end by themselves; shorter ones take no time. */
function sleepLong(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms < 1_000) return sleepShortly(ms, signal);
  return new Promise((resolve) =>
    signal?.addEventListener("abort", () => resolve())
  );
}

/** Waits for what is about to happen. */
async function until(happens: () => boolean): Promise<void> {
  for (let turns = 0; !happens(); turns++) {
    assert(turns < 1_000, "it does not happen");
    await sleepShortly(0);
  }
}

function describe(end: SessionEnd): string {
  return end.kind === "failed"
    ? `${end.error.code}: ${end.error.message}`
    : end.kind === "status"
    ? String(end.status)
    : end.kind;
}

function assertAllClosed(daemon: StandInDaemon): void {
  assert.equal(daemon.isClosed(), true);
  assert.deepEqual(
    daemon.connections.map(({ isClosed }) => isClosed),
    daemon.connections.map(() => true),
  );
}

Deno.test("a command is started as it was asked for, said to have started, and leaves nothing open", async () => {
  const daemon = startStandIn([faithful, prints("a")]);
  let starts = 0;
  const session = await openOn(daemon, {
    stdin: true,
    user: "app",
    workdir: "/srv",
    env: [{ name: "A", value: "b" }],
    privileged: true,
  }, { onStarted: () => starts++ });
  assert.equal(starts, 1);
  const { output, end } = await finishSession(session, "typed");
  assert.deepEqual([output, describe(end)], ["a", "0"]);
  const [guard, , command] = daemon.calls.map(({ body }) => body);
  const { Cmd: _guardWords, ...guardRest } = guard!;
  assert.deepEqual(guardRest, {
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    User: "app",
    WorkingDir: "/",
    Privileged: true,
  });
  const { Cmd: words, ...rest } = command!;
  assert.deepEqual(rest, {
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    User: "app",
    WorkingDir: "/srv",
    Env: ["A=b"],
    Privileged: true,
  });
  assert.deepEqual((words as string[]).slice(-3, -1), [
    "123",
    words && (words as string[]).at(-2),
  ]);
  assert.equal((words as string[]).at(-1), "ls");
  const [line, carrier] = daemon.connections;
  assert.equal(line?.written, "quit\n");
  assert.deepEqual(
    [carrier?.written, carrier?.isWriteClosed],
    ["typed", true],
  );
  assertAllClosed(daemon);
});

Deno.test("a terminal has its size, keys that nobody types to detach, and an input without an end", async () => {
  let tries = 0;
  const daemon = startStandIn([
    faithful,
    {
      stream: (
        n,
      ) => [
        frame(1, "").subarray(8),
        new TextEncoder().encode(`\x1e${n}:o\x1e`),
        "silence",
      ],
      answers: { exit: ["silence"] },
      state: well,
    },
  ], { resizes: () => tries++ === 0 ? 500 : 200 });
  const session = await openOn(daemon, {
    tty: true,
    stdin: true,
    size: { columns: 80, rows: 24 },
  });
  const resized = () =>
    daemon.calls.map(({ path }) => path).filter((path) => /resize/.test(path));
  await until(() => resized().length >= 2);
  session.resize({ columns: 100, rows: 30 });
  session.resize({ columns: 120, rows: 40 });
  await until(() => resized().at(-1)?.includes("120") === true);
  assert.deepEqual(resized().slice(0, 2), [
    "/exec/1/resize?h=24&w=80",
    "/exec/1/resize?h=24&w=80",
  ]);
  assert.equal(resized().at(-1), "/exec/1/resize?h=40&w=120");
  const [create, start] = daemon.calls
    .filter(({ path }) => !/resize/.test(path)).slice(-2);
  assert.match(String(create?.body["DetachKeys"]), /^ctrl-@,/);
  assert.deepEqual(start?.body["ConsoleSize"], [24, 80]);
  await session.input.close();
  assert.equal(daemon.connections[1]?.isWriteClosed, false);
  await session.end();
  await session.end();
  assert.deepEqual(await session.exit, { kind: "unknown" });
  assertAllClosed(daemon);
});

Deno.test("a status counts only where the command's watchdog has lived to see it", async () => {
  const rows: readonly (readonly [readonly Piece[], string])[] = [
    [[frame(1, "released\n")], "0"],
    [[], "session_lost"],
    [[new Error("reset")], "session_lost"],
    [[frame(1, "other\n")], "session_lost"],
  ];
  for (const [released, expected] of rows) {
    const daemon = startStandIn([watchdog(released), prints("a")]);
    const { end } = await finishSession(
      await openOn(daemon, { stdin: true }),
      "",
    );
    assert.equal(describe(end).split(":")[0], expected);
    assertAllClosed(daemon);
  }
});

Deno.test("a watchdog whose line ends under the command makes the session a lost one, and ends it", async () => {
  for (const last of [undefined, new Error("reset")]) {
    const lost: ExecScript = {
      stream: () => [frame(1, "123\n"), ...(last ? [last] : [])],
      state: well,
    };
    const daemon = startStandIn([lost, goesOn]);
    const { end, output } = await finishSession(
      await openOn(daemon, { stdin: true }),
      "",
    );
    assert.equal(output, "a");
    assert.match(describe(end), /^session_lost: /);
    assertAllClosed(daemon);
  }
});

Deno.test("a container that ends under its command is the reason, in whatever way the command ended", async () => {
  const stopped = {
    Running: false,
    Status: "exited",
    ExitCode: 137,
    OOMKilled: true,
    StartedAt: "then",
  };
  const rows: readonly (readonly [
    status: number,
    container: StandInState,
    expected: string | RegExp,
  ])[] = [
    [0, stopped, "0"],
    [127, stopped, "127"],
    [128, stopped, /is exited \(exit code 137, out of memory\)$/],
    [137, stopped, /is exited \(exit code 137, out of memory\)$/],
    [137, "gone", /is gone$/],
    [137, { ...running, StartedAt: "now" }, /was restarted$/],
    [137, running, "137"],
  ];
  for (const [status, container, expected] of rows) {
    const daemon = startStandIn([prints("a", status)], {
      container: () => container,
    });
    const { end } = await finishSession(
      await openOn(daemon, { containerStartedAt: "then" }),
    );
    if (typeof expected === "string") assert.equal(describe(end), expected);
    else {
      assert.match(describe(end), /^status_unknown: /);
      assert.match(describe(end), expected);
    }
  }
  const cut: ExecScript = { stream: (n) => started(n), state: well };
  const { end } = await finishSession(
    await openOn(startStandIn([cut], { container: () => stopped })),
  );
  assert.match(describe(end), /^status_unknown: .*is exited/);
});

Deno.test("a container's end that the daemon reports a little late is still the reason, where nothing else tells", async () => {
  const looks: Record<string, number> = { bare: 0, supervised: 0 };
  const lateFor = (name: string) => () => {
    looks[name]!++;
    return looks[name]! < 4 ? running : "gone" as const;
  };
  const bare = startStandIn([noShell, {
    stream: () => [frame(1, "a")],
    state: { ...well, ExitCode: 137 },
  }], { container: lateFor("bare") });
  assert.match(
    describe(
      (await finishSession(await openOn(bare, {}, { sleep: sleepLong }))).end,
    ),
    /^status_unknown: .*is gone$/,
  );
  // The supervisor lives on in a container that does.
  const supervised = startStandIn([prints("a", 137)], {
    container: lateFor("supervised"),
  });
  assert.equal(
    describe(
      (await finishSession(await openOn(supervised, {}, { sleep: sleepLong })))
        .end,
    ),
    "137",
  );
  assert.deepEqual(looks, { bare: 4, supervised: 1 });
});

Deno.test("a command that does not start closes what was opened for it, and names a container that has ended", async () => {
  const refused: ExecScript = {
    stream: () => [frame(1, "no room")],
    state: { Running: false, ExitCode: 126, Pid: 0 },
  };
  const rows: readonly (readonly [StandInState, RegExp])[] = [
    [running, /^Cannot start the command: no room$/],
    ["gone", /is gone$/],
  ];
  for (const [container, expected] of rows) {
    const daemon = startStandIn([faithful, refused], {
      container: () => container,
    });
    await assert.rejects(openOn(daemon, { stdin: true }), {
      message: expected,
    });
    assertAllClosed(daemon);
  }
});

Deno.test("output that only looks like a report of the shell's, or of the daemon's, is output to its last byte", async () => {
  const rows: readonly ((n: string) => readonly Piece[])[] = [
    (n) => [...started(n), frame(2, "porthole: 1"), ...ended(n)],
    () => [
      frame(2, "OCI runtime exec failed: "),
      frame(2, "it was me"),
    ],
  ];
  for (const [at, stream] of rows.entries()) {
    const daemon = startStandIn([
      ...(at === 0 ? [] : [noShell]),
      { stream, state: well },
    ]);
    const { stderr, end } = await finishSession(await openOn(daemon));
    assert.deepEqual([stderr, describe(end)], [
      at === 0 ? "porthole: 1" : "OCI runtime exec failed: it was me",
      "0",
    ]);
  }
});

Deno.test("a shell that is there and whose words say that it is not is no reason to run the command twice", async () => {
  const daemon = startStandIn([{
    ...noShell,
    state: { Running: false, ExitCode: 0, Pid: 7 },
  }]);
  await assert.rejects(openOn(daemon), { code: "command_not_found" });
  assert.equal(daemon.created.length, 1);
});

/** Ends a session, and says how that went. */
async function endSession(
  scripts: readonly ExecScript[],
  request: Partial<DockerSessionRequest> = {},
  { container = running, sleep = sleepShortly }: {
    readonly container?: StandInState;
    readonly sleep?: typeof sleepShortly;
  } = {},
) {
  const notices: string[] = [];
  const daemon = startStandIn(scripts, { container: () => container });
  const session = await openOn(daemon, request, {
    sleep,
    onNotice: (text) => notices.push(text),
  });
  const finished = finishSession(session);
  await session.end();
  const { end } = await finished;
  assertAllClosed(daemon);
  return {
    end,
    notices,
    written: daemon.connections.at(-1)?.written,
    command: daemon.calls.findLast(({ path }) => path.endsWith("/c/exec"))
      ?.body,
  };
}

Deno.test("a session that is ended asks the command to end, and says where it may go on", async () => {
  let nonce = "";
  const heeds: ExecScript = {
    stream: (n) => {
      nonce = n;
      return goesOn.stream(n);
    },
    get answers() {
      return { end: ended(nonce) };
    },
    state: { ...well, ExitCode: 143 },
  };
  const ends = await endSession([heeds], {}, { sleep: sleepLong });
  assert.deepEqual([describe(ends.end), ends.notices], ["143", []]);

  const stays = await endSession([goesOn]);
  assert.deepEqual([stays.end.kind, stays.notices, stays.written], [
    "unknown",
    [
      "The command did not end in time: it may still be running in the container",
    ],
    "end\n",
  ]);

  const paused = await endSession(
    [goesOn],
    { containerName: "app" },
    { container: { ...running, Paused: true } },
  );
  assert.equal(paused.end.kind, "unknown");
  assert.match(paused.notices.join("\n"), /^Container "app" is paused: /);
});

Deno.test("without a shell, its input is all that can end a command, and that is said", async () => {
  const stays: ExecScript = {
    stream: () => [frame(1, "a"), "silence"],
    state: { ...well, Running: true },
  };
  const plain = await endSession([noShell, stays], {});
  assert.deepEqual([plain.end.kind, plain.notices], ["unknown", [NO_WATCHDOG]]);
  // It waits for none that never comes.
  assert.equal(plain.command?.["AttachStdin"], false);
  const terminal = await endSession([noShell, stays], { tty: true });
  assert.deepEqual(
    [terminal.end.kind, terminal.notices, terminal.written],
    ["unknown", [NO_WATCHDOG], "\x03\r\x04"],
  );
});
