/** An environment variable of a command. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** The one variable that brings all others into the container, as a shell text that sets them. */
export const CARRIED_VARIABLE = "PORTHOLE_ENV";

/** What one variable may hold, on Linux: 128 KiB with its name and its end (execve(2), MAX_ARG_STRLEN). */
export const MAX_CARRIED_BYTES = 131_072 - CARRIED_VARIABLE.length - 2;

/**
 * The shell text that sets these variables; empty where there are none.
 *
 * It travels through the session and not in the words of the command, which every user of the container
 * can read, and which AWS records.
 */
export function describeVariables(env: readonly Variable[] = []): string {
  if (env.length === 0) return "";
  const assignments = env.map(({ name, value }) =>
    `'${name}=${value.replaceAll("'", `'\\''`)}'`
  );
  return `unset ${CARRIED_VARIABLE};export ${assignments.join(" ")}`;
}
