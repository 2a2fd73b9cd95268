import assert from "node:assert/strict";
import {
  type CarrierName,
  finishSession,
} from "../../docker/engine/open_engine_session.ts";
import { waitUntil } from "../../docker/engine/run_program.ts";
import { useEngine } from "../../docker/engine/use_engine.ts";

const engine = useEngine();

engine.test("end() ends a command and all it started", () =>
  Promise.all([false, true].map(async (tty) => {
    const session = await engine.open("unix", ["sh", "-c", STUBBORN], {
      tty,
      stdin: true,
    });
    await readFirst(session.output);
    const [{ end }] = await Promise.all([
      finishSession(session),
      session.end(),
    ]);
    assert.deepEqual(end, { kind: "status", status: 137 });
  })).then(() => engine.waitForNoProcess(5_000)));

/** Kills clients that hold a session each, once all of their commands run. */
async function killAll(
  starting: readonly Promise<Deno.ChildProcess>[],
): Promise<void> {
  const clients = await Promise.all(starting);
  for (const client of clients) client.kill("SIGKILL");
  await Promise.all(clients.map(({ status }) => status));
  await engine.waitForNoProcess(10_000);
}

engine.test("kill -9 leaves nothing in the container, on a terminal or not", () =>
  killAll([
    ...(["unix", "mtls"] as const).flatMap((carrier) => [
      startClient(carrier, false, ["sh", "-c", STUBBORN]),
      startClient(carrier, true, ["sh", "-c", STUBBORN]),
    ]),
    // An interactive shell with jobs, as another user.
    startClient("unix", true, ["su", "app", "-s", "/bin/sh"]),
  ]));

engine.test(
  "ssh: kill -9 leaves nothing in the container, on a terminal or not",
  () =>
    killAll(
      [false, true].map((tty) =>
        startClient("ssh", tty, ["sh", "-c", STUBBORN])
      ),
    ),
  "ssh",
);

engine.test("what a command leaves running when it ends stays", async () => {
  const { end } = await engine.run("unix", [
    "sh",
    "-c",
    "sleep 4321 >/dev/null 2>&1 & exit 6",
  ]);
  assert.deepEqual(end, { kind: "status", status: 6 });
  let left: string[] = [];
  await waitUntil(
    async () =>
      !(left = await engine.listProcesses()).some((row) =>
        row.includes("porthole")
      ),
    "the watchdog does not end",
    10_000,
  );
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
  // What nobody reads would end it.
  void client.stdout.pipeTo(new WritableStream());
  return client;
}
