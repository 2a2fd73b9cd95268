import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { supervisedWords } from "../../../src/session/docker/watchdog.ts";

/** What a supervised command did in a shell of this machine: its streams, with `[o]` and `[z]` for the marks. */
interface Ran {
  readonly status: number;
  readonly output: string;
  readonly stderr: string;
}

/** When something happens to the supervisor's stdin: once the command has said a first line. */
type Event = "end" | "close";

/** Resolves with nothing after a time; early when it is called off. */
const delay = (ms: number, signal: AbortSignal): Promise<undefined> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

async function isThere(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}

const SHELLS: readonly (readonly string[])[] = [
  ["dash"],
  ["bash"],
  ["bash", "--posix"],
  ["busybox", "sh"],
];

/** Runs a script under a supervisor, as the leader of a session, which an exec is. */
async function supervise(
  shell: readonly string[],
  words: readonly string[],
  { merge = false, leavesOthers = false, event, env = {} }: {
    readonly merge?: boolean;
    /** What holds the streams open behind the supervisor's end is not waited for. */
    readonly leavesOthers?: boolean;
    readonly event?: Event;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Ran> {
  const [, ...script] = supervisedWords(
    { nonce: "n", tty: false, merge },
    words,
  );
  const [program = "", ...args] = shell;
  const child = new Deno.Command(program, {
    args: [...args, ...script],
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const stdin = child.stdin.getWriter();
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let output = "";
  const stderr = readAll(child.stderr);
  let pending = event;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    output += decoder.decode(value, { stream: true });
    if (leavesOthers && showMarks(output).includes("[z]")) break;
    if (pending === undefined || !output.includes("\n")) continue;
    if (pending === "end") await stdin.write(new TextEncoder().encode("end\n"));
    else await stdin.close();
    pending = undefined;
  }
  const { code } = await child.status;
  if (leavesOthers) {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // None was left.
    }
    await reader.cancel();
  }
  await stdin.close().catch(() => {});
  return {
    status: code,
    output: showMarks(output),
    stderr: showMarks(await stderr),
  };
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
  }
  return text;
}

const RS = "\x1e";

function showMarks(text: string): string {
  return text.replaceAll(`${RS}n:o${RS}`, "[o]")
    .replaceAll(`${RS}n:b${RS}`, "[b]")
    .replaceAll(`${RS}n:z${RS}`, "[z]");
}

for (const shell of SHELLS) {
  const name = shell.join(" ");
  const test = async (title: string, fn: () => Promise<void>) =>
    Deno.test({
      name: `${name}: ${title}`,
      ignore: Deno.build.os !== "linux" || !await isThere(shell[0] ?? ""),
      fn,
    });
  const sh = (
    script: string,
    options?: Parameters<typeof supervise>[2],
  ) => supervise(shell, ["sh", "-c", script], options);

  await test("each stream is marked at its beginning and its end", async () => {
    assert.deepEqual(await sh("echo out; echo err >&2; exit 7"), {
      status: 7,
      output: "[o]out\n[z]",
      stderr: "[o]err\n[z]",
    });
    assert.deepEqual(
      await sh("echo out; echo err >&2; echo out", { merge: true }),
      { status: 0, output: "[o]out\nerr\nout\n[z]", stderr: "" },
    );
  });

  await test("a process that is left with the command's output is reported before the end", async () => {
    const cases = [
      ["sleep 60 &", "[b]"],
      ["sleep 60 >/dev/null &", "[b]"],
      ["sleep 60 2>/dev/null &", "[b]"],
      ["sleep 60 >/dev/null 2>&1 &", ""],
      // What comes soon is waited for.
      ["(sleep 0.1; echo late) &", "late\n"],
    ] as const;
    const ran = await Promise.all(
      [false, true].flatMap((merge) =>
        cases.map(async ([line, said]) => ({
          line,
          said,
          ...await sh(`${line} exit 7`, { merge, leavesOthers: true }),
        }))
      ),
    );
    for (const { line, said, status, output } of ran) {
      assert.deepEqual([status, output], [7, `[o]${said}[z]`], line);
    }
  });

  await test("what -e or the container exports is the command's, by whatever letter", async () => {
    const names = [..."abcdefghijklmnopqrstuvwxyz"];
    const env = Object.fromEntries(names.map((name) => [name, `own ${name}`]));
    const show = names.map((name) => `"$${name}"`).join(" ");
    assert.deepEqual(await sh(`printf "%s," ${show}`, { env }), {
      status: 0,
      output: `[o]${names.map((name) => `own ${name},`).join("")}[z]`,
      stderr: "[o][z]",
    });
  });

  await test("a command that ends at once ends its watchdog, which may not have run yet", async () => {
    // Side by side, so that many watchdogs wait for a processor when they are told.
    const ends = Array.from({ length: 100 }, () => supervise(shell, ["true"]));
    const late = new AbortController();
    const ended = await Promise.race([
      Promise.all(ends),
      delay(60_000, late.signal),
    ]);
    late.abort();
    assert.notEqual(ended, undefined, "a supervisor waits for its watchdog");
    for (const end of ended ?? []) assert.equal(end.output, "[o][z]");
  });

  await test("a command has no stdin, and no builtin of the shell is one", async () => {
    const { output, status } = await supervise(shell, ["cat"]);
    assert.deepEqual([output, status], ["[o][z]", 0]);
    const builtin = await supervise(shell, ["exit", "3"]);
    assert.equal(builtin.status, 127);
    assert.match(builtin.stderr, /^\[o\]porthole: .*not found\n\[z\]$/);
  });

  await test("a signal to the whole group ends the command, and not its supervisor", async () => {
    const signals = {
      HUP: 129,
      INT: 130,
      USR1: 138,
      USR2: 140,
      PIPE: 141,
      ALRM: 142,
      TERM: 143,
    };
    const ran = await Promise.all(
      Object.keys(signals).map((signal) =>
        sh(`echo a; kill -${signal} 0; sleep 1; echo no`)
      ),
    );
    for (const [at, [signal, status]] of Object.entries(signals).entries()) {
      assert.equal(ran[at]?.status, status, signal);
      assert.equal(ran[at]?.output, "[o]a\n[z]", signal);
    }
    const trapped = await sh(
      `trap "exit 9" TERM; echo a; kill -TERM 0; echo no`,
    );
    assert.deepEqual([trapped.status, trapped.output], [9, "[o]a\n[z]"]);
  });

  for (const event of ["end", "close"] as const) {
    await test(`the command ends with all it started, and is marked (${event})`, async () => {
      const polite = await sh("echo up; exec sleep 1111", { event });
      assert.deepEqual([polite.status, polite.output], [143, "[o]up\n[z]"]);
      // Output that a child had kept open would not end.
      const stubborn = await sh(
        `trap "" TERM; sleep 1111 & echo up; sleep 2222`,
        { event },
      );
      assert.deepEqual([stubborn.status, stubborn.output], [137, "[o]up\n[z]"]);
    });
  }
}
