import assert from "node:assert/strict";
import { PortholeError } from "../../../src/errors.ts";
import type { SessionEnd } from "../../../src/session/session.ts";
import { finishSession } from "../../docker/engine/open_engine_session.ts";
import {
  ended,
  type ExecScript,
  frame,
  mark,
  openOn,
  started,
  startStandIn,
  well,
} from "./stand_in_daemon.ts";

/** Runs `ls` without stdin; time passes at once. */
async function run(
  scripts: readonly ExecScript[],
  options: { readonly provesEnd?: boolean } = {},
) {
  const daemon = startStandIn(scripts, options);
  const { created } = daemon;
  try {
    const session = await openOn(daemon);
    return { ...await finishSession(session), created };
  } catch (error) {
    assert(error instanceof PortholeError, String(error));
    const end: SessionEnd = { kind: "failed", error };
    return { output: "", stderr: "", end, created };
  }
}

function codeOf(end: SessionEnd): string {
  return end.kind === "failed" ? end.error.code : JSON.stringify(end);
}

Deno.test("a stream counts as ended only where the supervisor has said so on both streams", async () => {
  const out = (text: string) => frame(1, text);
  const rows: readonly (readonly [
    name: string,
    stream: ExecScript["stream"],
    code: string | undefined,
  ])[] = [
    ["whole", (n) => [...started(n), out("a"), ...ended(n)], undefined],
    [
      "reset after the end: the daemon had input left",
      (n) => [
        ...started(n),
        out("a"),
        ...ended(n),
        new Error("Connection reset by peer (os error 104)"),
      ],
      undefined,
    ],
    ["nothing at the end", (n) => [...started(n), out("a")], "session_lost"],
    [
      "stdout's end only",
      (n) => [...started(n), out("a"), mark(1, n, "z")],
      "session_lost",
    ],
    [
      "stderr's end only",
      (n) => [...started(n), out("a"), mark(2, n, "z")],
      "session_lost",
    ],
    [
      "half a word",
      (n) => [...started(n), out("a"), mark(1, n, "z"), frame(2, `\x1e${n}:`)],
      "session_lost",
    ],
    [
      "half a frame behind the end",
      (n) => [
        ...started(n),
        out("a"),
        ...ended(n),
        frame(1, "late").subarray(0, 9),
      ],
      "session_lost",
    ],
    [
      "half a header behind the end",
      (n) => [
        ...started(n),
        out("a"),
        ...ended(n),
        frame(1, "late").subarray(0, 3),
      ],
      "session_lost",
    ],
    [
      "reset before the end",
      (n) => [...started(n), out("a"), new Error("reset")],
      "session_lost",
    ],
    [
      "another's words",
      (n) => [...started(n), out("a"), ...ended("0123456789abcdef")],
      "session_lost",
    ],
    [
      "no frames",
      (n) => [...started(n), new TextEncoder().encode("plain text, no frames")],
      "session_lost",
    ],
  ];
  for (const [name, stream, code] of rows) {
    const { output, end } = await run([{ stream, state: well }]);
    if (code === undefined) {
      assert.deepEqual(end, { kind: "status", status: 0 }, name);
      assert.equal(output, "a", name);
    } else assert.equal(codeOf(end), code, name);
  }
});

Deno.test("what comes behind the end is output still, and a word cut anywhere is found", async () => {
  for (let cut = 1; cut < 27; cut++) {
    const { output, stderr, end } = await run([{
      stream: (n) => {
        const last = mark(1, n, "z").subarray(8);
        const text = new TextDecoder().decode(last);
        return [
          ...started(n),
          frame(1, `a\x1e${text.slice(0, cut)}`),
          frame(1, `${text.slice(cut)}late\x1e`),
          mark(2, n, "z"),
          frame(2, "late\x1e"),
        ];
      },
      state: well,
    }]);
    assert.deepEqual(end, { kind: "status", status: 0 });
    assert.equal(output, "a\x1elate\x1e");
    assert.equal(stderr, "late\x1e");
  }
});

Deno.test("without a shell: what the daemon says first is its report, or the end of it", async () => {
  const refusal = {
    docker: frame(
      1,
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "sh": executable file not found in $PATH: unknown\r\n',
    ),
    podman: frame(
      2,
      'Error: runc: time="2026-01-01T00:00:00Z" level=error msg="exec failed: unable to start container process: exec: \\"sh\\": executable file not found in $PATH": OCI runtime attempted to invoke a command that was not found\n',
    ),
    crun: frame(
      2,
      "Error: crun: executable file `sh` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found\n",
    ),
  };
  for (const [name, report] of Object.entries(refusal)) {
    const state = { Running: false, ExitCode: 127, Pid: 0 };
    const noShell = { stream: () => [report], state };
    const bare = await run([noShell, {
      stream: () => [frame(1, "listing\n")],
      state: well,
    }]);
    assert.deepEqual(bare.end, { kind: "status", status: 0 }, name);
    assert.equal(bare.output, "listing\n");
    assert.deepEqual(bare.created.at(-1), ["ls"]);

    const text = new TextDecoder().decode(report.subarray(8))
      .replaceAll(/\bsh\b/g, "ls");
    const missing = await run([noShell, {
      stream: () => [frame(report[0] ?? 1, text)],
      state,
    }]);
    assert.deepEqual([missing.output, missing.stderr], ["", ""]);
    assert.equal(codeOf(missing.end), "command_not_found", name);
    assert(missing.end.kind === "failed");
    assert.match(
      missing.end.error.message,
      /^Cannot start the command: exec(: "ls": executable file|utable file `ls`) not found in \$PATH/,
    );

    const half = await run([noShell, {
      stream: () => [frame(1, "listing\n").subarray(0, 12)],
      state: well,
    }]);
    assert.equal(codeOf(half.end), "session_lost", name);
  }
});

Deno.test("without a shell, a command that outlives its stream may have lost it, unless the carrier tells", async () => {
  const noShell: ExecScript = {
    stream: () => [
      frame(1, 'OCI runtime exec failed: exec: "sh": no such file: unknown'),
    ],
    state: { Running: false, ExitCode: 126, Pid: 0 },
  };
  let looks = 0;
  const outlives: ExecScript = {
    stream: () => [frame(1, "a")],
    get state() {
      return { ...well, Running: ++looks < 40 };
    },
  };
  assert.equal(codeOf((await run([noShell, outlives])).end), "session_lost");
  looks = 0;
  const sure = await run([noShell, outlives], { provesEnd: true });
  assert.deepEqual(sure.end, { kind: "status", status: 0 });
});

Deno.test("a directory that is not there is no missing command, in anybody's words", async () => {
  const why =
    'chdir to cwd ("/nosuch") set in config.json failed: no such file or directory';
  for (
    const [report, status] of [
      [
        `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown\r\n`,
        126,
      ],
      [
        `Error: runc: time="2026-01-01T00:00:00Z" level=error msg="exec failed: unable to start container process: ${
          why.replaceAll('"', '\\"')
        }": OCI runtime attempted to invoke a command that was not found\nError: read unixpacket @->/proc/self/fd/14/attach: read: connection reset by peer\n`,
        127,
      ],
    ] as const
  ) {
    const { end, stderr } = await run([{
      stream: () => [frame(2, report)],
      state: { Running: false, ExitCode: status, Pid: 0 },
    }]);
    assert.equal(stderr, "");
    assert(end.kind === "failed");
    assert.equal(end.error.code, "cannot_start");
    assert.equal(end.error.message, `Cannot start the command: ${why}`);
  }
});

Deno.test("an exec that never starts is not waited for: by its state, or for a minute", async () => {
  const { end } = await run([{
    stream: () => ["silence"],
    state: { Running: false, ExitCode: 126, Pid: 0 },
  }]);
  assert.equal(codeOf(end), "cannot_start");
  const hangs = await run([{
    stream: () => ["silence"],
    state: { Running: true, ExitCode: null, Pid: 0 },
  }]);
  assert.equal(codeOf(hangs.end), "docker_unreachable");
});

Deno.test("a daemon that talks without ever starting the command fills no memory", async () => {
  const noise = frame(1, "x".repeat(60_000));
  const { end } = await run([{
    stream: () => Array.from({ length: 2_000 }, () => noise),
    state: { Running: false, ExitCode: 1, Pid: 0 },
  }]);
  assert.equal(codeOf(end), "cannot_start");
  assert(end.kind === "failed" && end.error.message.length < 1_000);
});
