import assert from "node:assert/strict";
import {
  finishSession,
  openEngineSession,
} from "../../docker/engine/open_engine_session.ts";
import { waitUntil } from "../../docker/engine/run_program.ts";
import {
  type CutRelay,
  startCutRelay,
} from "../../docker/engine/start_cut_relay.ts";
import { useEngine } from "../../docker/engine/use_engine.ts";
import { parseDockerAddress } from "../../../src/docker/docker_address.ts";
import type { DockerSessionRequest } from "../../../src/session/docker/docker_session_request.ts";
import type {
  SessionEnd,
  StreamSession,
} from "../../../src/session/session.ts";

const use = useEngine();

async function openThrough(
  relay: CutRelay,
  words: readonly string[],
  request: Partial<DockerSessionRequest> = {},
): Promise<StreamSession> {
  return await openEngineSession(
    {
      address: parseDockerAddress(`tcp://127.0.0.1:${relay.port}`),
      tls: { kind: "plain" },
    },
    use.deps(),
    { containerId: use.engine().full.id, words, ...request },
  );
}

/** Reads until a text has come, and leaves the rest to the next reader. */
async function readUntil(
  session: StreamSession,
  wanted: string,
): Promise<void> {
  const reader = session.output.getReader();
  const decoder = new TextDecoder();
  for (let text = ""; !text.includes(wanted);) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`Cannot find ${wanted} in ${text}`);
    text += decoder.decode(value);
  }
  reader.releaseLock();
}

function assertLost(end: SessionEnd, name = ""): void {
  assert(end.kind === "failed", `${name}: ${JSON.stringify(end)}`);
  assert.equal(end.error.code, "session_lost", name);
  assert.match(
    end.error.message,
    /^Cannot determine the exit status: the connection to the Docker daemon at ".*" was lost: /,
    name,
  );
}

/** Says something whole, waits to be cut off, and would end well. */
const TWICE = "echo one; sleep 5; echo two";

{
  const rows: Readonly<Record<string, Partial<DockerSessionRequest>>> = {
    "without stdin": {},
    "merged": { stderr: "merge" },
    "with stdin": { stdin: true },
    "on a terminal": { tty: true, stdin: true },
  };
  use.test("a line cut between two frames is no end", async () => {
    await Promise.all(
      Object.entries(rows).map(async ([name, request]) => {
        const relay = await startCutRelay(use.engine().socket);
        try {
          const session = await openThrough(
            relay,
            ["sh", "-c", TWICE],
            request,
          );
          await readUntil(session, "one");
          relay.cut("exec");
          const { output, end } = await finishSession(session);
          assert.doesNotMatch(output, /two/);
          assertLost(end, name);
        } finally {
          await relay.stop();
        }
      }),
    );
    await use.waitForNoProcess(15_000);
  });

  use.test("a watchdog whose line is cut makes it a loss", async () => {
    const relay = await startCutRelay(use.engine().socket);
    try {
      const session = await openThrough(relay, ["sh", "-c", TWICE], {
        stdin: true,
      });
      await readUntil(session, "one");
      relay.cut("watchdog");
      assertLost((await finishSession(session)).end);
      await use.waitForNoProcess(15_000);
    } finally {
      await relay.stop();
    }
  });

  use.test("what a slow reader had not read when the line was cut is a loss", async () => {
    const relay = await startCutRelay(use.engine().socket);
    try {
      const session = await openThrough(
        relay,
        ["sh", "-c", "head -c 64m /dev/zero"],
      );
      await readUntil(session, "\0");
      relay.cut();
      assertLost((await finishSession(session)).end);
    } finally {
      await relay.stop();
    }
  });

  use.test("an upload that is cut is not whole", async () => {
    const relay = await startCutRelay(use.engine().socket);
    try {
      const session = await openThrough(
        relay,
        ["sh", "-c", "head -c 3; cat >/tmp/up"],
        { stdin: true },
      );
      const writer = session.input.getWriter();
      const chunk = new Uint8Array(65_536).fill(0x78);
      const upload = (async () => {
        for (let left = 600; left > 0; left--) await writer.write(chunk);
      })().catch(() => {});
      await readUntil(session, "xxx");
      relay.cut();
      const { end } = await finishSession(session);
      assertLost(end);
      await upload;
    } finally {
      await relay.stop();
    }
  });
}

use.test("without a shell in the container, half a frame is a loss", async () => {
  const relay = await startCutRelay(use.engine().socket);
  try {
    const session = await openThrough(relay, ["cat", "/dev/zero"], {
      containerId: use.engine().bare.id,
    });
    await readUntil(session, "\0");
    relay.hold();
    relay.cut("exec");
    assertLost((await finishSession(session)).end);
  } finally {
    await relay.stop();
    await use.engine().docker("restart", "--time=0", use.engine().bare.id);
  }
});

/** What this machine knows of a process; empty once it has gone. */
async function readProcess(pid: number, file: string): Promise<string> {
  return await Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "");
}

/** The far ends of the ssh connections to the engine of these tests, and to no other. */
async function findFarEnds(): Promise<number[]> {
  const pids = [...Deno.readDirSync("/proc")].map(({ name }) => Number(name))
    .filter((pid) => pid > 0);
  const { socket } = use.engine();
  const found = await Promise.all(pids.map(async (pid) => {
    const words = await readProcess(pid, "cmdline");
    return words === "docker\0system\0dial-stdio\0" &&
        (await readProcess(pid, "environ")).includes(`unix://${socket}\0`)
      ? [pid]
      : [];
  }));
  return found.flat();
}

async function findSshd(pid: number): Promise<number> {
  const status = await readProcess(pid, "status");
  if (/^Name:\s+sshd$/m.test(status) || status === "") return pid;
  return await findSshd(Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]));
}

/** What may go away between porthole and a daemon behind ssh. */
const KILLS: Readonly<
  Record<string, (ssh: readonly number[]) => Promise<readonly number[]>>
> = {
  "ssh": (ssh) => Promise.resolve(ssh),
  "dial-stdio": findFarEnds,
  "sshd's child": async () =>
    await Promise.all((await findFarEnds()).map(findSshd)),
};

for (const [name, find] of Object.entries(KILLS)) {
  use.test(`ssh: kill -9 of ${name} is no end`, async () => {
    const pids: number[] = [];
    const deps = use.deps();
    const session = await openEngineSession(
      {
        address: parseDockerAddress(`ssh://root@127.0.0.1:${use.sshd().port}`),
        tls: undefined,
      },
      {
        ...deps,
        spawn(options) {
          const command = `${use.sshd().binFolder}/ssh`;
          const program = deps.spawn({ ...options, command });
          pids.push(program.pid);
          return program;
        },
      },
      {
        containerId: use.engine().full.id,
        words: ["sh", "-c", "head -c 9000000 /dev/zero; sleep 5"],
      },
    );
    await readUntil(session, "\0");
    for (const pid of await find(pids)) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has gone with another one.
      }
    }
    assertLost((await finishSession(session)).end);
    await waitUntil(
      async () => (await use.listProcesses()).length === 0,
      "the command goes on",
      20_000,
    );
  }, "ssh");
}
