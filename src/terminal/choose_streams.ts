import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";

/** What the user asked of the streams. */
export interface StreamRequest {
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly noStdin: boolean;
  /** No command was given: a shell is wanted, and a shell needs someone to type. */
  readonly shell: boolean;
}

/** How a session's streams will be joined to ours. */
export interface SessionStreams {
  /** Raw terminal, every key to the remote. */
  readonly interactive: boolean;
  /** Not interactive, and our stdin goes to the command. */
  readonly stdin: boolean;
  /** Our stdout is not a terminal: every byte must arrive unchanged. */
  readonly binary: boolean;
}

/**
 * Decides what is interactive and whether stdin is read, as `docker exec` and `kubectl exec` do.
 *
 * @throws PortholeError not_a_tty for `-t` without a terminal, usage for a shell without one.
 */
export async function chooseStreams(
  request: StreamRequest,
  deps: Pick<Deps, "stdin" | "stdout">,
): Promise<SessionStreams> {
  const { stdin, stdout } = deps;
  const { tty, shell, noStdin } = request;
  if (tty && !stdin.isTerminal) {
    throw new PortholeError("not_a_tty", "the input device is not a TTY", {
      hint:
        "-t needs a terminal on stdin; without -t, output is plain and stdin is streamed",
    });
  }
  // Output that goes elsewhere, as to `tee`, makes a terminal only of -t: without it, it is plain.
  const hasTerminal = stdin.isTerminal && (stdout.isTerminal || tty);
  if (shell && (!hasTerminal || noStdin)) {
    throw new PortholeError(
      "usage",
      "Cannot open a shell: stdin and stdout must be terminals",
      {
        hint: stdin.isTerminal && !noStdin
          ? `name a command after "--"; -it opens a shell whose output goes elsewhere`
          : `name a command after "--"`,
      },
    );
  }
  if (hasTerminal && (request.interactive || tty || shell)) {
    return { interactive: true, stdin: true, binary: false };
  }
  return {
    interactive: false,
    stdin: !request.noStdin && await hasInput(stdin, request.interactive),
    binary: !stdout.isTerminal,
  };
}

async function hasInput(
  stdin: Deps["stdin"],
  wanted: boolean,
): Promise<boolean> {
  const input = await stdin.describe();
  switch (input.kind) {
    case "terminal":
      return wanted;
    case "file":
      return input.remaining > 0;
    case "pipe":
      return true;
    case "closed":
      return false;
  }
}
