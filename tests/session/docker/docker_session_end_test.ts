import assert from "node:assert/strict";
import {
  type CarrierName,
  finishSession,
} from "../../docker/engine/open_engine_session.ts";
import { waitUntil } from "../../docker/engine/run_program.ts";
import { useEngine } from "../../docker/engine/use_engine.ts";

const engine = useEngine();
const nothingLeft = async () => (await engine.listProcesses()).length === 0;

for (const tty of [false, true]) {
  const kind = tty ? "on a terminal" : "without a terminal";

  engine.test(`end() ends a command ${kind} and all it started`, async () => {
    const session = await engine.open("unix", ["sh", "-c", STUBBORN], {
      tty,
      stdin: true,
    });
    await readFirst(session.output);
    const started = Date.now();
    const [{ end }] = await Promise.all([
      finishSession(session),
      session.end(),
    ]);
    assert(Date.now() - started < 5_000);
    assert.deepEqual(end, { kind: "status", status: 137 });
    await waitUntil(nothingLeft, "processes are left", 5_000);
  });

  for (const carrier of ["unix", "mtls", "ssh"] as const) {
    engine.test(
      `${carrier}: kill -9 leaves nothing in the container ${kind}`,
      async () => {
        const client = await startClient(carrier, tty, ["sh", "-c", STUBBORN]);
        client.kill("SIGKILL");
        await client.status;
        await waitUntil(nothingLeft, "processes are left", 10_000);
      },
      carrier,
    );
  }
}

engine.test(
  "kill -9 ends an interactive shell with jobs, as another user",
  async () => {
    const client = await startClient("unix", true, [
      "su",
      "app",
      "-s",
      "/bin/sh",
    ]);
    client.kill("SIGKILL");
    await client.status;
    await waitUntil(nothingLeft, "processes are left", 10_000);
  },
);

engine.test("what a command leaves running when it ends stays", async () => {
  const { end } = await engine.run("unix", [
    "sh",
    "-c",
    "sleep 4321 >/dev/null 2>&1 & exit 6",
  ]);
  assert.deepEqual(end, { kind: "status", status: 6 });
  await engine.deps().sleep(1_500);
  const left = await engine.listProcesses();
  assert.equal(left.length, 1);
  assert.match(left[0] ?? "", /sleep 4321/);
  await engine.run("unix", ["killall", "-9", "sleep"], {}).catch(() => {});
});

/** Does not end by itself, nor by a signal that can be ignored. */
const STUBBORN =
  `trap "" HUP TERM INT; sleep 1111 & sleep 2222 & echo up; while :; do sleep 3333; done`;

async function readFirst(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
}

/** Starts a program that holds a session; it resolves when the command runs. */
async function startClient(
  carrier: CarrierName,
  tty: boolean,
  words: readonly string[],
): Promise<Deno.ChildProcess> {
  const address = {
    unix: `unix://${engine.engine().socket}`,
    mtls: `tcp://127.0.0.1:${engine.engine().port}`,
    ssh: `ssh://root@127.0.0.1:${engine.sshd().port}`,
  }[carrier];
  const client = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--frozen",
      new URL("hold_session_program.ts", import.meta.url).pathname,
      address,
      engine.engine().folder,
      engine.engine().full.id,
      tty ? "tty" : "plain",
      ...words,
    ],
    env: { PATH: `${engine.sshd().binFolder}:${Deno.env.get("PATH")}` },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  await readFirst(client.stdout);
  await client.stdout.cancel();
  return client;
}
