import type { SessionInvocation } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import { isReadByDocker } from "../session/docker/docker_exec_words.ts";
import { describeVariables, MAX_CARRIED_BYTES } from "../session/variables.ts";
import type { SessionStreams } from "../terminal/choose_streams.ts";
import type { ChosenClient } from "./choose_client.ts";

/**
 * Refuses flags that would do nothing on the way to this container: what they ask for would be missing
 * unnoticed.
 *
 * @throws {PortholeError} usage
 */
export function checkFlags(
  { user, workdir, env, stderr, binary, keepAlive, lossless }:
    SessionInvocation,
  { interactive }: SessionStreams,
  { client, windows, onInstance }: {
    readonly client: ChosenClient["kind"];
    /** The container has no POSIX shell. */
    readonly windows: boolean;
    /** Docker is run by a session on the container instance. */
    readonly onInstance: boolean;
  },
): void {
  const refuse = (flag: string, where: string): never => {
    throw usageError(`Cannot use "--${flag}" ${where}`);
  };
  if (stderr === "split" && interactive) {
    refuse(
      "stderr split",
      "with an interactive session: a terminal has one stream",
    );
  }
  if (client === "docker") return;
  if (windows) {
    const where =
      "with a Windows task: it needs a POSIX shell in the container";
    if (user !== undefined) refuse("user", where);
    if (workdir !== undefined) refuse("workdir", where);
    if (env.length > 0) refuse("env", where);
    if (binary && !lossless) refuse("binary", where);
    if (stderr === "split") refuse("stderr split", where);
  }
  if (client === "plugin") {
    const where = "with --session plugin: only the built-in client supports it";
    if (keepAlive) refuse("keep-alive", where);
    if (interactive && binary) refuse("binary", where);
    if (interactive && env.length > 0) {
      refuse("env", `in an interactive session ${where}`);
    }
  }
  checkVariables(env, onInstance);
}

function checkVariables(
  env: SessionInvocation["env"],
  onInstance: boolean,
): void {
  const taken = env.find(({ name }) => isReadByDocker(name));
  if (onInstance && taken !== undefined) {
    throw usageError(
      `Cannot set "${taken.name}" with --env on this route: docker on the container instance would read it itself`,
      "Set it in the command, with sh -c",
    );
  }
  const bytes = new TextEncoder().encode(describeVariables(env)).length;
  if (bytes > MAX_CARRIED_BYTES) {
    throw usageError(
      `Cannot set these variables: together they are ${bytes} bytes long, and --env carries ${MAX_CARRIED_BYTES} at most`,
      "Send what is longer through stdin",
    );
  }
}
