import type { ContainerImage } from "./container_image.ts";
import { findExecutable } from "./find_executable.ts";
import { splitCommand } from "./split_command.ts";

/** What the agent does with a session's command. */
export type StartPlan =
  | {
    readonly kind: "run";
    readonly file: string;
    readonly args: readonly string[];
  }
  /** Ends the session with this text, at once or after the agent's wait. */
  | {
    readonly kind: "refusal";
    readonly output: string;
    readonly late: boolean;
  }
  /** Nothing but a comment: no answer at all. */
  | { readonly kind: "silence" };

/** Decides from the command line what the agent runs or says. */
export function planStart(
  command: string,
  image: ContainerImage,
  cwd: string,
): StartPlan {
  if (command.trim() === "") {
    return {
      kind: "refusal",
      output: "Commands cannot be empty for session type InteractiveCommands",
      late: false,
    };
  }
  const split = splitCommand(command);
  if (split.kind === "error") {
    return refuse(`Failed to parse commands input: ${split.message}`);
  }
  const [word, ...args] = split.words;
  if (word === undefined) return { kind: "silence" };
  const found = findExecutable(word, image, cwd);
  return found.kind === "error"
    ? refuse(`Failed to start pty: ${found.message}`)
    : { kind: "run", file: found.file, args };
}

function refuse(reason: string): StartPlan {
  return {
    kind: "refusal",
    output: `\n----------ERROR-------\nUnable to start command: ${reason}\n\n`,
    late: true,
  };
}
