import { quoteCommand } from "../../session/quote_command.ts";
import type { LeftCommand } from "../../session/session.ts";

/** Describes a command on a rack that may still be running, and how to end it. */
export function describeRackLeft(
  { pid }: LeftCommand,
  { rack, cluster, task }: {
    /** As it was chosen; a URL with a password stands in the environment, and stays there. */
    readonly rack: string;
    readonly cluster: string;
    readonly task: string;
  },
): string {
  const unseen =
    "The end of the command was not seen: it may still be running in the container";
  if (pid === undefined) return unseen;
  const words = [
    "porthole",
    "exec",
    ...(rack.includes("@") ? [] : ["--rack", rack]),
    "--cluster",
    cluster,
    "--task-id",
    task,
    "--command",
    // The wrapper is the leader of a process group: a pty has a session of its own.
    `kill -TERM -${pid}`,
  ];
  return `${unseen} (process group ${pid}); to end it: ${quoteCommand(words)}`;
}
