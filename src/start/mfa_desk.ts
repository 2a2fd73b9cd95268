import type { MfaDesk, MfaDevice } from "../aws/aws_deps.ts";
import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { askLine } from "../prompt/ask_line.ts";
import { askTerminal } from "../prompt/ask_terminal.ts";

/** What asking for a code needs of the outside. */
type MfaDeps = Pick<
  Deps,
  "stdin" | "stderr" | "onSignal" | "spawn" | "platform"
>;

/** A code that is mistyped is asked for again, so often in all. */
const MOST_QUESTIONS = 3;

/**
 * Where an MFA code can be asked for: a person at the terminal that standard error is, also while
 * standard input is a pipe. Undefined where no person can be asked.
 */
export function openMfaDesk(
  { noInput }: { readonly noInput: boolean },
  deps: MfaDeps,
): MfaDesk | undefined {
  const { stdin, stderr, platform } = deps;
  // Windows has no second way to the keyboard.
  const canAsk = stderr.isTerminal &&
    (stdin.isTerminal || platform !== "windows");
  if (noInput || !canAsk) return undefined;
  return {
    askCode: (device) => askCode(device, deps),
    sessions: new Map(),
  };
}

async function askCode(
  { serial, profile }: MfaDevice,
  deps: MfaDeps,
): Promise<string> {
  const question = `MFA code for ${serial} (profile ${profile}): `;
  for (let count = 0; count < MOST_QUESTIONS; count++) {
    const answer = deps.stdin.isTerminal
      ? await askLine(question, deps)
      : await askTerminal(question, deps);
    const code = answer.replaceAll(/\s/g, "");
    if (/^\d{6}$/.test(code)) return code;
    deps.stderr.writeText("An MFA code has six digits\n");
  }
  throw new PortholeError(
    "no_credentials",
    `Cannot get AWS credentials: no MFA code was entered in ${MOST_QUESTIONS} tries`,
    { hint: "the code is the six digits that the device shows" },
  );
}
