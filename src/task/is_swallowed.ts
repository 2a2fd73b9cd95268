const SHELL = /(^|\/)(a|ba|da|k|mk|z)?sh$/;
const RUNS_A_SCRIPT = /^-[a-z]*c[a-z]*$/i;
const NAMES_ITS_WORDS = /\$(@|\*|[0-9]|\{[@*0-9])/;

/**
 * Whether an ENTRYPOINT certainly does not run the command behind it: a shell with a script of its own takes what
 * follows for the script's words. What an image's own program does with its words is not known.
 */
export function isSwallowed(entryPoint: readonly string[]): boolean {
  const shell = entryPoint.findIndex((word) => SHELL.test(word));
  if (shell < 0) return false;
  const words = entryPoint.slice(shell + 1);
  return words.some((word) => RUNS_A_SCRIPT.test(word)) &&
    !words.some((word) => NAMES_ITS_WORDS.test(word));
}
