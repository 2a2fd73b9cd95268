import type { Rack } from "../../access/rack/rack.ts";
import { quoteCommand } from "../../session/quote_command.ts";
import type { LeftCommand } from "../../session/session.ts";

/** Describes a command on a rack that may still be running, and how to end it. */
export function describeRackLeft(
  { pid }: LeftCommand,
  { rack, cluster, task }: {
    readonly rack: Pick<Rack, "name">;
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
    "--rack",
    rack.name,
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
