import type { Placement } from "../place_words.ts";
import { quoteCommand } from "../quote_command.ts";

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
 * `sudo -n`: Session Manager's user may become root without a password, and nobody could type one. Docker
 * passes the words on as they are, without a shell.
 */
export function dockerExecWords(request: HostExecRequest): readonly string[] {
  const { containerId, words, user, workdir, env = [] } = request;
  return [
    "sudo",
    "-n",
    "docker",
    "exec",
    ...(request.stdin ? ["--interactive"] : []),
    ...(request.tty ? ["--tty"] : []),
    ...(user === undefined ? [] : ["--user", user]),
    ...(workdir === undefined ? [] : ["--workdir", workdir]),
    ...env.flatMap(({ name, value }) => ["--env", `${name}=${value}`]),
    ...(request.privileged ? ["--privileged"] : []),
    containerId,
    ...words,
  ];
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
