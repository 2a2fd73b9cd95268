import { Buffer } from "node:buffer";
import type { Frame } from "./encode_input.ts";
import { createEscapedLines } from "./escape_lines.ts";
import type { Capabilities } from "./reply/read_reply.ts";
import { markOf, type WrappedCommand } from "./wrap_command.ts";

/**
 * What a wrapper hears once it is ready: the mark and the secret, the variables, and that it may go on.
 *
 * Each is a frame of its own, and a repeat of it changes nothing. To go on is an empty line, which at
 * worst is one more for a program with a terminal; where a terminal says back what it hears, it is
 * byte 04, which leaves no trace in output.
 */
export function answerReady(
  wrapped: WrappedCommand,
  { stty }: Pick<Capabilities, "stty">,
): readonly Frame[] {
  const variables = Buffer.from(wrapped.variables);
  const silent = stty || wrapped.options.interactive;
  return [
    Buffer.from(`${markOf(wrapped)} ${wrapped.secret}\n`),
    ...createEscapedLines().encode(variables),
    Buffer.from(silent ? "\n" : "\x04"),
  ];
}
