/**
 * A program for the tests to run in a terminal: runs a made-up session, then prints how it ended.
 *
 * The session prints each key it gets in hex, `<61>`, and each size, `[80x24]`. Some keys make it do something:
 * `q` end with status 7, `l` lose its connection, `t` throw where nobody catches, `d` print every byte of a full-screen
 * program, `s` never end when asked to, `e` end though nobody asked, after 10 ms.
 *
 * With `stays` it then waits for a line, so that the terminal can be looked at: Deno restores it when it exits.
 *
 *     session_program.ts interactive|plain|stdin [stays]
 */
import { createRealDeps } from "../../src/real_deps.ts";
import { PortholeError } from "../../src/errors.ts";
import type { SessionEnd, StreamSession } from "../../src/session/session.ts";
import { runSession } from "../../src/terminal/run_session.ts";

const [mode, stays] = Deno.args;
const deps = createRealDeps();
const encoder = new TextEncoder();
const exit = Promise.withResolvers<SessionEnd>();
const output = new TransformStream<Uint8Array, Uint8Array>(
  undefined,
  undefined,
  { highWaterMark: 1000 },
);
const writer = output.writable.getWriter();
let stuck = false;

const print = (text: string) => void writer.write(encoder.encode(text));
function finish(end: SessionEnd): void {
  void writer.close();
  exit.resolve(end);
}

function onKey(key: string): void {
  switch (key) {
    case "q":
      return finish({ kind: "status", status: 7 });
    case "l":
      return finish({
        kind: "failed",
        error: new PortholeError(
          "session_lost",
          "Cannot continue: the connection broke",
        ),
      });
    case "t":
      setTimeout(() => {
        throw new Error("thrown");
      });
      return;
    case "d":
      return print("A\nB\x07");
    case "s":
      stuck = true;
      return;
  }
}

const session: StreamSession = {
  kind: "stream",
  output: output.readable,
  input: new WritableStream({
    write(bytes) {
      for (const byte of bytes) {
        print(`<${byte.toString(16).padStart(2, "0")}>`);
        onKey(String.fromCharCode(byte));
      }
    },
    close: () => print("<end of input>"),
  }),
  resize: ({ columns, rows }) => print(`[${columns}x${rows}]`),
  end() {
    if (!stuck) finish({ kind: "unknown" });
    return Promise.resolve();
  },
  exit: exit.promise,
};

print("ready ");
const outcome = await runSession(session, deps, {
  interactive: mode === "interactive",
  readStdin: mode === "stdin",
});
console.log(`\noutcome ${JSON.stringify(outcome)}`);
if (stays !== undefined) await deps.stdin.open().getReader().read();
Deno.exit(
  "status" in outcome
    ? outcome.status
    : outcome.end.kind === "status"
    ? outcome.end.status
    : 0,
);
