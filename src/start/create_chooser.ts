import type { SharedFlags } from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { describeSource } from "../output/describe_source.ts";
import { dimText, usesColor } from "../output/style_text.ts";
import { askLine } from "../prompt/ask_line.ts";
import { askTerminal } from "../prompt/ask_terminal.ts";
import { canAskTerminal } from "../prompt/can_ask_terminal.ts";
import { runFilter } from "../prompt/run_filter.ts";
import { quoteValue } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import type { Chooser } from "../target/chooser.ts";

/** What an invocation says of choosing. */
export interface ChoiceFlags {
  readonly shared: Pick<SharedFlags, "noInput" | "color">;
  /** `--filter-command`, where the verb has it; it wins over the configuration's. */
  readonly filterCommand?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

type ChoiceConfig = Pick<Config, "path" | "files" | "filterCommand">;

/**
 * Who can be asked: a person at a terminal, also while standard input is a pipe, or a filter command.
 *
 * The filter command of a project's file comes with the directory: it is started only where the
 * picker would ask a person, after a warning, and never by a dry run.
 */
export function createChooser(
  flags: ChoiceFlags,
  config: ChoiceConfig,
  deps: Deps,
  log: Log,
): Chooser {
  const { noInput, color } = flags.shared;
  const mayAsk = deps.stderr.isTerminal && !noInput;
  let asking: Promise<boolean> | undefined;
  const ofProject = flags.filterCommand === undefined
    ? findProjectFilter(config)
    : undefined;
  const filter = flags.filterCommand ??
    (ofProject === undefined || (mayAsk && !flags.dryRun)
      ? config.filterCommand?.value
      : undefined);
  const setBy = flags.filterCommand === undefined && config.filterCommand
    ? describeSource(config.filterCommand.source)
    : "--filter-command";
  return {
    async canAsk() {
      if (noInput) return false;
      // Other filters open the terminal themselves: standard input may be something else.
      if (filter !== undefined && ofProject === undefined) return true;
      return mayAsk && await (asking ??= canAskTerminal(deps));
    },
    noInput,
    enterPlace: () => {},
    announce: log.info,
    print: deps.stderr.writeText,
    ask: (question) =>
      deps.stdin.isTerminal
        ? askLine(question, deps)
        : askTerminal(question, deps),
    ...(filter === undefined ? {} : {
      filter: (candidates) => {
        if (ofProject !== undefined) {
          log.warn(
            `Starting filter_command ${quoteValue(filter)} of ${
              describeSource(ofProject.source)
            }`,
          );
        }
        return runFilter({ command: filter, setBy }, candidates, deps);
      },
    }),
    ...(usesColor(color, deps) ? { dim: dimText } : {}),
    terminalSize: deps.terminalSize,
    now: deps.now,
    random: Math.random,
  };
}

/** The filter command, where the project's file sets it: the user's and the machine's go by their paths. */
function findProjectFilter(
  { path, files, filterCommand }: ChoiceConfig,
): Setting<string> | undefined {
  const source = filterCommand?.source;
  if (source?.kind !== "file") return undefined;
  const isShared = source.path !== path && files.includes(source.path);
  return isShared ? undefined : filterCommand;
}
