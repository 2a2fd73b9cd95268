import type { SharedFlags } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import {
  accountOf,
  formatSwitchQuestion,
  sayTurn,
  type SwitchQuestion,
} from "../../output/format_exec_switch.ts";
import { tellUnasked } from "../../target/chooser.ts";
import { askLine } from "../../prompt/ask_line.ts";

/**
 * Asks whether to go on, on standard error; anything but yes is no.
 *
 * @throws {PortholeError} no_choice where there is no terminal to ask on, and cancelled.
 */
export async function confirmSwitch(
  question: SwitchQuestion,
  { noInput }: Pick<SharedFlags, "noInput">,
  deps: Pick<Deps, "stdin" | "stderr" | "onSignal">,
): Promise<void> {
  if (noInput || !deps.stdin.isTerminal || !deps.stderr.isTerminal) {
    throw refuseUnasked(question, noInput);
  }
  deps.stderr.writeText(formatSwitchQuestion(question));
  const answer = await askLine("Continue? [y/N] ", deps);
  if (/^\s*y(es)?\s*$/i.test(answer)) return;
  throw new PortholeError("cancelled", "Cancelled: nothing was changed");
}

function refuseUnasked(
  { enable, region, service, replaced }: SwitchQuestion,
  noInput: boolean,
): PortholeError {
  const { name, clusterArn } = service;
  return new PortholeError(
    "no_choice",
    `Cannot ${sayTurn(enable)} for service "${name}": ${tellUnasked(noInput)}`,
    {
      hint: `--yes skips the question: in cluster "${
        nameOfArn(clusterArn)
      }" (region ${region}, account ${accountOf(service)}) ${replaced} task${
        replaced === 1 ? "" : "s"
      } would be replaced`,
    },
  );
}
