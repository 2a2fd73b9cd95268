import type { Placement } from "../place_words.ts";
import { quoteCommand } from "../quote_command.ts";
import { CARRIED_VARIABLE } from "../variables.ts";

/** A command to run in a container from its own host. */
export interface HostExecRequest extends Placement {
  readonly containerId: string;
  readonly words: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly privileged?: boolean | undefined;
}

/**
 * The words that run a command in a container from a shell of the container's host.
 *
 * `sudo -n`: Session Manager's user may become root without a password, and none could be typed. Docker
 * passes the words on as they are, without a shell. Variables are named alone, so that no value is in the
 * words: docker has them in its own environment, from the one that sudo lets through.
 */
export function dockerExecWords(request: HostExecRequest): readonly string[] {
  const { containerId, words, user, workdir, env = [] } = request;
  return [
    "sudo",
    "-n",
    ...(env.length === 0 ? [] : [
      `--preserve-env=${CARRIED_VARIABLE}`,
      "sh",
      "-c",
      SET_VARIABLES,
      "porthole",
    ]),
    "docker",
    "exec",
    ...(request.stdin ? ["--interactive"] : []),
    ...(request.tty ? ["--tty"] : []),
    ...(user === undefined ? [] : ["--user", user]),
    ...(workdir === undefined ? [] : ["--workdir", workdir]),
    ...env.flatMap(({ name }) => ["--env", name]),
    ...(request.privileged ? ["--privileged"] : []),
    containerId,
    ...words,
  ];
}

/** Sets what CARRIED_VARIABLE brings, and becomes the program that was found before: PATH may be in it. */
const SET_VARIABLES =
  `p=$1; shift; set -- "$(command -v "$p" || echo "$p")" "$@"; ` +
  `(eval "$${CARRIED_VARIABLE}") || exit 126; eval "$${CARRIED_VARIABLE}"; exec "$@"`;

/** Whether a variable is one that docker, on the container's host, would take for its own. */
export function isReadByDocker(name: string): boolean {
  return /^(DOCKER|LD)_/.test(name);
}

/**
 * The `command` of AWS-StartInteractiveCommand that runs these words on a container instance: the agent there gives
 * it to `sh -c`.
 *
 * Two braces in a parameter open a reference to Parameter Store, which the service would put a value in for
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-param-runcommand.html), so none stand together.
 */
export function hostCommand(words: readonly string[]): string {
  return partBraces(quoteCommand(words));
}

/** Puts a shell's empty word between braces that stand together in quoted words. */
export function partBraces(quoted: string): string {
  return quoted.replace(/\{(?=\{)/g, "{''");
}
