import type { LeftCommand } from "../../session/session.ts";
import { describeLeftAt } from "../describe_left.ts";

/** Describes a command on a rack that may still be running, and how to end it. */
export function describeRackLeft(
  left: LeftCommand,
  { rack, cluster, task }: {
    /** As it was chosen; a URL with a password stands in the environment, and stays there. */
    readonly rack: string;
    readonly cluster: string;
    readonly task: string;
  },
): string {
  return describeLeftAt(left, [
    ...(rack.includes("@") ? [] : ["--rack", rack]),
    "--cluster",
    cluster,
    "--task-id",
    task,
  ]);
}
