import type { Placement } from "../place_words.ts";
import type { TerminalSize } from "../session.ts";

/** A command to run in a container. */
export interface DockerSessionRequest extends Placement {
  /** Docker's own id, from findDockerContainer. */
  readonly containerId: string;
  /** ECS's name for the container, for texts. */
  readonly containerName?: string | undefined;
  /** When the container was started: a restart under the command shows by it. */
  readonly containerStartedAt?: string | undefined;
  /** The command itself; no script of ours around it. */
  readonly words: readonly string[];
  /** A terminal of its own: interactive sessions. */
  readonly tty: boolean;
  /** Stream our stdin to the command; without it the command reads an empty one. */
  readonly stdin: boolean;
  /** The local terminal's size, when there is one. */
  readonly size?: TerminalSize | undefined;
  readonly privileged?: boolean | undefined;
  /** Without a terminal: keep stderr apart (the default), or put it into the output as it comes. */
  readonly stderr?: "split" | "merge" | undefined;
}
