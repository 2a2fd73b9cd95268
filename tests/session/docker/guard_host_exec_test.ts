import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { PortholeError } from "../../../src/errors.ts";
import {
  hostWatchdogWords,
  startHostGuard,
} from "../../../src/session/docker/guard_host_exec.ts";
import type {
  SessionEnd,
  StreamSession,
} from "../../../src/session/session.ts";
import { startPty } from "../../sandbox/start_pty.ts";

/** A session on a host that says a text; `over`: and is then done; `heeds`: it ends when it is told to. */
function hostSession(said: string, over = false, last = "", heeds = true) {
  const exit = Promise.withResolvers<SessionEnd>();
  const closing = Promise.withResolvers<void>();
  const heard: string[] = [];
  let ends = 0;
  const session: StreamSession = {
    kind: "stream",
    output: new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode(said));
        if (!over) await closing.promise;
        controller.enqueue(new TextEncoder().encode(last));
        controller.close();
      },
    }),
    input: new WritableStream({
      write(bytes) {
        const word = new TextDecoder().decode(bytes);
        heard.push(word);
        if (heeds && word === "quit\n") finish({ kind: "unknown" });
      },
    }),
    resize: () => {},
    end() {
      ends++;
      finish({ kind: "unknown" });
      return Promise.resolve();
    },
    exit: exit.promise,
  };
  function finish(end: SessionEnd): void {
    exit.resolve(end);
    closing.resolve();
  }
  return { session, heard, finish, ends: () => ends };
}

/** Time that passes only for whoever is told that it is over. */
const sleep = (_: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) =>
    signal?.addEventListener("abort", () => resolve())
  );
const container = { id: "c", name: "web" };
const fail = () => assert.fail("nothing was lost");

Deno.test("the words are a relay's, and docker's own with the watchdog's", () => {
  const words = hostWatchdogWords({ containerId: "c", tty: true, user: "app" });
  assert.deepEqual(words.slice(3, 13), [
    ...["porthole", "sudo", "-n", "docker", "exec", "--interactive"],
    ...["--user", "app", "--workdir", "/"],
  ]);
  assert.deepEqual(words.slice(-2), ["porthole", "HUP"]);
  assert.equal(
    hostWatchdogWords({ containerId: "c", tty: false }).at(-1),
    "TERM",
  );
});

for (const shell of ["dash", "bash"]) {
  Deno.test({
    name:
      `in ${shell} the relay passes lines on, and ends behind quit or a silence`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const [, , relay = ""] = hostWatchdogWords({
        containerId: "c",
        tty: false,
      });
      for (const last of ["quit\n", undefined]) {
        const pty = startPty({
          file: `/bin/${shell}`,
          args: ["-c", relay.replace("time 250", "time 2"), "porthole", "cat"],
          env: { PATH: "/usr/bin:/bin" },
          cwd: "/",
        });
        let said = "";
        const read = async () => {
          const bytes = pty.readNow(4096);
          if (bytes === undefined) return false;
          said += bytes.toString();
          if (bytes.length === 0) await pty.waitReadable();
          return true;
        };
        pty.writeNow(Buffer.from("on\n"));
        while (!/on\r?\n/.test(said)) assert.ok(await read());
        if (last !== undefined) pty.writeNow(Buffer.from(last));
        while (await read());
        await pty.exit;
        assert.equal(said.includes("quit"), last !== undefined);
      }
    },
  });
}

Deno.test("the watchdog's pid goes to the command, and `quit` lets the command go", async () => {
  // The terminal has echoed the first word.
  const { session, heard, ends } = hostSession("on\r\n123\r\n");
  const guard = await startHostGuard(session, {
    container,
    sleep,
    onLost: fail,
  });
  const words = guard?.wrap(["ls", "-l"]) ?? [];
  assert.deepEqual(words.slice(-3), ["123", "ls", "-l"]);
  assert.equal(await guard?.release(), undefined);
  assert.deepEqual(heard, ["on\n", "quit\n"]);
  assert.equal(ends(), 0);
});

Deno.test("a watchdog that is closed ends the command, and its session", async () => {
  const { session, heard, ends } = hostSession("123\r\n");
  const guard = await startHostGuard(session, {
    container,
    sleep,
    onLost: fail,
  });
  await guard?.end();
  await guard?.close();
  assert.deepEqual(heard, ["on\n", "end\n", "end\n"]);
  assert.equal(ends(), 1);
});

Deno.test("a session that does not heed `quit`, or never begins, is ended all the same", async () => {
  const soon = (ms: number, signal?: AbortSignal) =>
    ms === 2_000 && signal?.aborted === false
      ? new Promise<void>((resolve) => setTimeout(resolve))
      : sleep(ms, signal);
  const deaf = hostSession("123\r\n", false, "", false);
  const guard = await startHostGuard(deaf.session, {
    container,
    sleep: soon,
    onLost: fail,
  });
  await guard?.release();
  assert.equal(deaf.ends(), 1);

  const silent = hostSession("");
  await assert.rejects(
    startHostGuard(silent.session, {
      container,
      sleep: (ms, signal) =>
        ms === 20_000 ? Promise.resolve() : sleep(ms, signal),
      onLost: fail,
    }),
    { code: "docker_unreachable", message: /no answer within 20 s$/ },
  );
  assert.equal(silent.ends(), 1);
});

Deno.test("it says every two seconds that porthole is there", async () => {
  const { session, heard, finish } = hostSession("123\r\n");
  let beats = 0;
  const guard = await startHostGuard(session, {
    container,
    onLost: () => {},
    sleep: (ms, signal) => {
      if (ms !== 2_000 || ++beats > 3) return sleep(ms, signal);
      return Promise.resolve();
    },
  });
  assert(guard);
  while (beats <= 3) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(heard, ["on\n", "on\n", "on\n", "on\n"]);
  finish({ kind: "unknown" });
});

Deno.test("a session that ends under the command is lost", async () => {
  const { session, finish } = hostSession("123\r\n");
  const lost = Promise.withResolvers<void>();
  await startHostGuard(session, { container, sleep, onLost: lost.resolve });
  finish({ kind: "unknown" });
  await lost.promise;
});

Deno.test("a watchdog that ended too early makes the command's end unknown, with the container's state", async () => {
  for (
    const [last, early, reason] of [
      [
        "container exited 137 false\r\n",
        false,
        /"web" is exited \(exit code 137\)$/,
      ],
      [
        "container exited 137 true\r\n",
        true,
        /"web" is exited \(exit code 137, out of memory\)$/,
      ],
      ["container running 0 false\r\n", true, /watchdog ended before/],
      ["", true, /watchdog ended before/],
    ] as const
  ) {
    const { session, finish } = hostSession("123\r\n", false, last);
    const lost = Promise.withResolvers<void>();
    const guard = await startHostGuard(session, {
      container,
      sleep,
      onLost: lost.resolve,
    });
    if (early) {
      finish({ kind: "unknown" });
      await lost.promise;
    }
    const error = await guard?.release();
    assert.equal(error?.code, "status_unknown");
    assert.match(error.message, /^Cannot determine the exit status: /);
    assert.match(error.message, reason);
  }
});

Deno.test("a container without sh has no watchdog", async () => {
  const report =
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown\r\n';
  const { session } = hostSession(report, true);
  assert.equal(
    await startHostGuard(session, { container, sleep, onLost: fail }),
    undefined,
  );
});

for (
  const [said, code, reason] of [
    [
      "sudo: a password is required\r\n",
      "docker_unreachable",
      "sudo: a password is required",
    ],
    [
      "Error: No such container: ffff\r\n",
      "container_not_found",
      "Error: No such container: ffff",
    ],
    ["on\r\n", "docker_unreachable", "it exited without output"],
  ] as const
) {
  Deno.test(`what docker says on the host is the reason: ${reason}`, async () => {
    const { session } = hostSession(said, true);
    const error = await startHostGuard(session, {
      container,
      sleep,
      onLost: fail,
    })
      .then(() => undefined, (error) => error);
    assert(error instanceof PortholeError);
    assert.equal(error.code, code);
    assert.equal(
      error.message,
      `Cannot run docker on the container instance: ${reason}`,
    );
  });
}
