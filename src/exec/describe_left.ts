import type { LeftCommand } from "../session/session.ts";
import { quoteCommand } from "../session/quote_command.ts";
import type { DecidedSession } from "./decide_way.ts";

/** Describes a command that may still be running, and how to end it. */
export function describeLeft(
  { pid }: LeftCommand,
  { access, config, target }: Pick<
    DecidedSession,
    "access" | "config" | "target"
  >,
): string {
  const unseen =
    "The end of the command was not seen: it may still be running in the container";
  if (pid === undefined) return unseen;
  const words = [
    "porthole",
    "exec",
    "--region",
    access.region,
    ...(config.profile === undefined
      ? []
      : ["--profile", config.profile.value]),
    "--cluster",
    target.cluster,
    "--task-id",
    target.task.id,
    "-c",
    target.container.name,
    "--command",
    // The wrapper is the leader of a process group (the agent gives each session a terminal of its own).
    `kill -TERM -${pid}`,
  ];
  return `${unseen} (process group ${pid}); to end it: ${quoteCommand(words)}`;
}
