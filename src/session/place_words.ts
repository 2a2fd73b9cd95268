import { CARRIED_VARIABLE, type Variable } from "./variables.ts";

/** Where and as whom a command runs; what is absent stays as the container has it. */
export interface Placement {
  /** A name or uid, with an optional `:group`. */
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
  readonly env?: readonly Variable[] | undefined;
}

/** The shell's name for itself in its own messages; by this name a failed start is distinguished from output. */
const SHELL_NAME = "porthole";

/**
 * Puts words that change user, directory and environment before a command's own.
 *
 * The values of variables are not in the words: they come with CARRIED_VARIABLE, as `describeVariables`
 * lays them out. All of it is done by the container's sh, and by whichever of chroot, setpriv and su is there and
 * needs no password. Where none can, the command is not run and its status is 126.
 */
export function placeWords(
  words: readonly string[],
  { user, workdir, env = [] }: Placement,
): readonly string[] {
  return [
    ...(user === undefined ? [] : ["sh", "-c", BECOME, SHELL_NAME, user]),
    ...(workdir === undefined
      ? []
      : ["sh", "-c", CHANGE_DIRECTORY, SHELL_NAME, workdir]),
    ...(env.length === 0 ? [] : SET_VARIABLES),
    ...words,
  ];
}

/**
 * The words that set the variables which CARRIED_VARIABLE brings, and then become the words behind them.
 *
 * They are tried first: one that a shell keeps for itself ends it with a status of its own.
 */
export const SET_VARIABLES: readonly string[] = [
  "sh",
  "-c",
  `(eval "$${CARRIED_VARIABLE}") || exit 126; eval "$${CARRIED_VARIABLE}"; exec "$@"`,
  SHELL_NAME,
];
const CHANGE_DIRECTORY = `cd -- "$1" || exit 126; shift; exec "$@"`;

/**
 * Each way is tried with `true` first, so that a failure of the command is never taken for one of
 * the way. GNU chroot and util-linux's setpriv keep the environment; su sets HOME, takes no
 * group, and is what busybox has.
 */
const BECOME = [
  `_u=$1`,
  `shift`,
  `_c="chroot --skip-chdir --userspec=$_u /"`,
  `_p="setpriv --reuid=$\{_u%:*} --regid=$\{_u#*:} --init-groups"`,
  `for _x in "$_c" "$_p"; do if $_x true 2>/dev/null; then exec $_x sh -c "exec \\"\\$@\\"" porthole "$@"; fi; done`,
  `if [ "$_u" = "$\{_u%:*}" ] && su -s /bin/sh -c true "$_u" 2>/dev/null </dev/null; then ` +
  `exec su -s /bin/sh -c "exec \\"\\$@\\"" "$_u" -- porthole "$@"; fi`,
  `echo "porthole: cannot run as user $_u: there is no such user or group, or none of chroot, setpriv and su can switch to it" >&2`,
  `exit 126`,
].join("; ");
