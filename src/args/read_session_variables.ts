import type { EnvironmentEntry, SessionInvocation } from "./invocation.ts";
import { parseEnvironment } from "./parse_environment.ts";
import { type FlagSources, readAll } from "./read_flags.ts";
import { usageError } from "./usage_error.ts";

/**
 * Reads `--env`, for the command of a session.
 *
 * @throws {PortholeError} usage
 */
export function readSessionVariables(
  sources: FlagSources,
  { noShell }: Pick<SessionInvocation, "noShell">,
): readonly EnvironmentEntry[] {
  const env = readAll(sources, "env");
  if (noShell && env.length > 0) {
    throw usageError(
      'Cannot use "--env" with "--no-shell": it needs a shell in the container',
    );
  }
  return parseEnvironment(env, sources.env);
}
