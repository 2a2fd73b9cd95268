import type { LeftCommand } from "../session/session.ts";
import { quoteCommand } from "../session/quote_command.ts";
import type { DecidedSession } from "./decide_way.ts";

/** Describes a command that may still be running, and how to end it. */
export function describeLeft(
  left: LeftCommand,
  { access, config, target }: Pick<
    DecidedSession,
    "access" | "config" | "target"
  >,
): string {
  return describeLeftAt(left, [
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
  ]);
}

/** The same, of a command in the place that these flags of `exec` name. */
export function describeLeftAt(
  { pid }: LeftCommand,
  place: readonly string[],
): string {
  const unseen =
    "The end of the command was not seen: it may still be running in the container";
  if (pid === undefined) return unseen;
  const words = [
    "porthole",
    "exec",
    ...place,
    "--command",
    // The wrapper is the leader of a process group (each session has a terminal of its own).
    `kill -TERM -${pid}`,
  ];
  return `${unseen} (process group ${pid}); to end it: ${quoteCommand(words)}`;
}
