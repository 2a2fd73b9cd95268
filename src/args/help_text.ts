import { type ErrorCode, ERRORS } from "../errors.ts";
import { exitStatusFor } from "../exit_status.ts";
import { alignColumns } from "../output/align_columns.ts";
import { readColumns } from "../output/read_columns.ts";
import { wrapText } from "../output/wrap_text.ts";
import { ROUTING_TABLE } from "../routing_table.ts";
import {
  type Flag,
  FLAG_GROUPS,
  flagOf,
  FLAGS,
  SHARED_GROUPS,
  usesFlag,
  variablesOf,
} from "./flags.ts";
import type { HelpTopic } from "./help_topics.ts";
import { VERB_HELP, type VerbHelp } from "./verbs.ts";

/** The width where the terminal's is not known. */
const USUAL_WIDTH = 80;

const flags: readonly Flag[] = FLAGS;

/** The width for help: COLUMNS, else the terminal's, between 40 and 140 columns; 80 where neither is known. */
export function helpWidth(
  columns: string | undefined,
  terminal: { readonly columns: number } | undefined,
): number {
  const width = readColumns(columns) ?? terminal?.columns ?? USUAL_WIDTH;
  return Math.min(140, Math.max(40, width));
}

/** Renders the help on one topic, or the overview. */
export function renderHelp(topic?: HelpTopic, width = USUAL_WIDTH): string {
  switch (topic) {
    case undefined:
      return renderOverview(width);
    case "routing":
      return renderRouting(width);
    case "environment":
      return renderEnvironment(width);
    case "exit-codes":
      return renderExitCodes(width);
    case "errors":
      return renderErrors(width);
    default:
      return renderVerb(VERB_HELP.find(({ name }) => name === topic)!, width);
  }
}

function renderOverview(width: number): string {
  const [exec] = VERB_HELP;
  return sections([
    paragraph(
      "Run a command, or open a shell, in a container on Amazon ECS.",
      width,
    ),
    section(
      "Usage",
      inset("porthole COMMAND [flags] [arguments]", width),
      width,
    ),
    section("Examples", pairs(exec!.examples.slice(0, 4), width), width),
    section(
      "Commands",
      pairs(VERB_HELP.map(({ name, summary }) => [name, summary]), width),
      width,
    ),
    ...flagSections(flags.filter(({ verbs }) => verbs === undefined), width),
    ending(width),
  ]);
}

function renderVerb(verb: VerbHelp, width: number): string {
  const used = flags.filter((flag) => usesFlag(verb.name, flag));
  const shared = used.filter(isShared);
  const own = used.filter((flag) => !isShared(flag))
    .map((flag) => flagOf(verb.name, flag));
  return sections([
    paragraph(sentence(verb.summary), width),
    section(
      "Usage",
      inset(`porthole ${verb.name} ${verb.usage}`, width),
      width,
    ),
    ...verb.notes.map((note) => paragraph(note, width)),
    section("Examples", pairs(verb.examples, width), width),
    ...flagSections(own, width),
    section(
      'Flags of every command (explained by "porthole help")',
      inset(shared.map(nameFlag).join(", "), width),
      width,
    ),
    ending(width),
  ]);
}

/** Whether a verb's help may leave the explanation of `flag` to the overview. */
function isShared({ verbs, group }: Flag): boolean {
  return verbs === undefined && SHARED_GROUPS.includes(group);
}

/** The rules of src/route/decide_route.ts, in words. */
function renderRouting(width: number): string {
  return sections([
    paragraph(
      "How porthole reaches a container. ECS Exec goes through Session Manager " +
        "and is recorded in CloudTrail. Docker exec asks the Docker daemon of " +
        "the task's own instance (exec.docker.host says where it listens), and " +
        "is not recorded; porthole never uses it without a warning on stderr.",
      width,
    ),
    section(
      "The first matching rule wins",
      pairs(
        ROUTING_TABLE.map(({ when, then }, row) => [
          String(row),
          `${when}: ${then}`,
        ]),
        width,
      ),
      width,
    ),
    paragraph(
      "--dry-run, -o json and --result show the route and its reason.",
      width,
    ),
  ]);
}

function renderEnvironment(width: number): string {
  return sections([
    paragraph("Environment variables that stand in for flags.", width),
    section(
      "Variables",
      pairs(
        flags.flatMap((flag) =>
          variablesOf(flag).map((name) => [name, `--${flag.name}`] as const)
        ),
        width,
      ),
      width,
    ),
    paragraph(
      "A flag wins over its variable, and PORTHOLE_* over ECSPRESSO_*. Switches " +
        "accept 1 or 0, true or false, yes or no. AWS's own variables " +
        "(AWS_PROFILE, AWS_REGION, ...) work as they do for the AWS CLI.",
      width,
    ),
  ]);
}

/** The rules of src/exit_status.ts, in words. */
function renderExitCodes(width: number): string {
  return sections([
    paragraph("What porthole exits with.", width),
    section("porthole exec, porthole run", pairs(EXEC_STATUSES, width), width),
    section(
      "Other commands, and mistakes before the command is known",
      pairs(OTHER_STATUSES, width),
      width,
    ),
    paragraph(
      "Nothing reports the status with --no-shell, for a Windows task, and in " +
        "an interactive session through AWS's session-manager-plugin: there, a " +
        "session that ended normally is 0. Without a terminal, a warning says so.",
      width,
    ),
  ]);
}

function renderErrors(width: number): string {
  const codes = Object.entries(ERRORS) as [ErrorCode, string][];
  const longest = Math.max(...codes.map(([code]) => code.length));
  return sections([
    paragraph(
      'The "code" of an error (on stderr with --log-format json, and in the ' +
        "object on stdout with -o json), with the exit status that exec and run " +
        "have then. Codes are stable; new ones may be added.",
      width,
    ),
    section(
      "Codes",
      pairs(
        codes.map(([code, meaning]) => [
          `${code.padEnd(longest)}  ${exitStatusFor(code, "remote")}`,
          meaning,
        ]),
        width,
      ),
      width,
    ),
  ]);
}

/** The statuses of the verbs that run a command. */
export const EXEC_STATUSES = [
  ["N", "the command's own status"],
  ["128+N", "signal N ended the command"],
  ["124", "timed out (--timeout, --agent-timeout)"],
  [
    "125",
    "porthole failed: a mistake on the command line or in the configuration, " +
    "AWS refused, the task stopped or did not start, or the command's status " +
    "did not arrive",
  ],
  ["126", "the command was found but cannot be run"],
  ["127", "the command was not found"],
  ["129", "porthole got SIGHUP: the terminal was closed"],
  ["130", "cancelled: Ctrl-C (SIGINT), or a choice was not made"],
  ["131", "porthole got SIGQUIT (Ctrl-\\)"],
  ["141", "whatever read stdout went away (SIGPIPE)"],
  ["143", "porthole got SIGTERM"],
] as const;

/** The statuses of all other verbs. */
export const OTHER_STATUSES = [
  ["0", "done"],
  ["1", "failed"],
  ["2", "a mistake on the command line"],
  ["129", "porthole got SIGHUP: the terminal was closed"],
  ["130", "cancelled: Ctrl-C (SIGINT), or a choice was not made"],
  ["131", "porthole got SIGQUIT (Ctrl-\\)"],
  ["143", "porthole got SIGTERM"],
] as const;

/** Makes a sentence of a phrase, as the tables have them. */
export function sentence(phrase: string): string {
  const whole = /[.!?]$/.test(phrase) ? phrase : `${phrase}.`;
  return whole.startsWith("porthole")
    ? whole
    : whole.charAt(0).toUpperCase() + whole.slice(1);
}

function ending(width: number): string {
  return paragraph(
    "More: porthole help {routing|environment|exit-codes|errors}",
    width,
  );
}

function flagSections(some: readonly Flag[], width: number): string[] {
  return FLAG_GROUPS.map((group) =>
    section(
      group,
      pairs(
        some.filter((flag) => flag.group === group)
          .map((flag) => [describeUsage(flag), describeMeaning(flag)]),
        width,
      ),
      width,
    )
  );
}

function describeUsage(flag: Flag): string {
  const { short, value } = flag;
  const letter = short === undefined ? "    " : `-${short}, `;
  const alias = flag.alias === undefined ? "" : `, --${flag.alias}`;
  return `${letter}${nameFlag(flag)}${alias}${
    value === undefined ? "" : ` ${value}`
  }`;
}

function nameFlag({ name, negatable }: Flag): string {
  return `--${negatable ? "[no-]" : ""}${name}`;
}

function describeMeaning({ description, choices }: Flag): string {
  return choices === undefined
    ? description
    : `${description}: {${choices.join("|")}}`;
}

function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function section(
  title: string,
  lines: readonly string[],
  width: number,
): string {
  return lines.length === 0
    ? ""
    : [...wrapText(`${title}:`, width), ...lines].join("\n");
}

function pairs(
  rows: readonly (readonly [string, string])[],
  width: number,
): readonly string[] {
  return alignColumns(rows, { indent: 2, width });
}

function inset(text: string, width: number): readonly string[] {
  return text === "" ? [] : wrapText(text.trimEnd(), width - 2)
    .map((line) => `  ${line}`);
}

function paragraph(text: string, width: number): string {
  return wrapText(text, width).join("\n");
}
