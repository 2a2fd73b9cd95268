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
  MANY_GROUP,
  SHARED_GROUPS,
  usesFlag,
  variablesOf,
} from "./flags.ts";
import type { HelpTopic } from "./help_topics.ts";
import { VERB_HELP, type VerbHelp, VERBS } from "./verbs.ts";

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
    case "many":
      return renderMany(width);
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
    ...flagSections(own, width, [MANY_GROUP]),
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

/** What `exec --all` does, and its flags. */
function renderMany(width: number): string {
  const many = flags.map((flag) => flagOf("exec", flag))
    .filter(({ group }) => group === MANY_GROUP);
  return sections([
    ...MANY_NOTES.slice(0, 1).map((note) => paragraph(note, width)),
    section(
      "Usage",
      inset("porthole exec --all [flags] [TARGET] -- COMMAND [ARG...]", width),
      width,
    ),
    section("Examples", pairs(MANY_EXAMPLES, width), width),
    ...MANY_NOTES.slice(1).map((note) => paragraph(note, width)),
    ...flagSections(many, width),
    section("Exit status", pairs(MANY_STATUSES, width), width),
    paragraph('All other flags are those of "porthole help exec".', width),
  ]);
}

/** What there is to know about one command in many tasks. */
export const MANY_NOTES = [
  "porthole exec --all runs one command in every running task of a service, or " +
  "with -A of a cluster, in several at a time.",
  "TARGET is a service or cluster/service; with -A it is cluster/. Standard input " +
  "is not read, so -i, -t and a shell without a command are not possible. " +
  "--timeout is each task's.",
  "Each line of output is written whole, with the start of the task's id before " +
  "it where there is more than one task. A line over 64 KiB becomes several. " +
  "The command's stdout goes to stdout, and its stderr to stderr where it is " +
  "separate (--stderr split, Docker). At the end stderr has a summary, unless -q.",
  "A task that porthole cannot enter, that stops, or whose command fails does not " +
  "keep the others from running, unless --fail-fast. Ctrl-C ends the command in " +
  "every task; a second one gives up within 2 seconds.",
  "-o json is one object: results, one for each task with the keys of exec, and " +
  "status; it keeps 8 MiB of each task's output and 64 MiB of all. --output-dir " +
  "writes DIR/TASK.stdout and DIR/TASK.json.",
] as const;

const MANY_EXAMPLES = [
  ["porthole exec web --all -- uptime", 'every task of the service "web"'],
  ["porthole exec prod/ --all -A -- date", "every task of a cluster"],
  ["porthole exec web --all --parallel 1 -- ./warm", "one after the other"],
  ["porthole exec web --all -o json -- df", "for scripts"],
] as const;

/** The statuses of one command in many tasks. */
export const MANY_STATUSES = [
  ["0", "the command's status was 0 in every task"],
  ["N", "the tasks where it was not agree on N (125 where porthole failed)"],
  ["1", "they do not agree"],
  ["125", "a mistake on the command line, no running task, or AWS refused"],
] as const;

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
    section(
      VERB_HELP.filter(({ name }) => VERBS[name].statuses === "remote")
        .map(({ name }) => `porthole ${name}`).join(", "),
      pairs(EXEC_STATUSES, width),
      width,
    ),
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
    "More: porthole help {many|routing|environment|exit-codes|errors}",
    width,
  );
}

/** The flags under their headings; those of `folded` ones only by name. */
function flagSections(
  some: readonly Flag[],
  width: number,
  folded: readonly Flag["group"][] = [],
): string[] {
  return FLAG_GROUPS.map((group) => {
    const members = some.filter((flag) => flag.group === group);
    return folded.includes(group)
      ? section(
        `${group} (explained by "porthole help many")`,
        inset(members.map(nameFlag).join(", "), width),
        width,
      )
      : section(
        group,
        pairs(
          members.map((flag) => [describeUsage(flag), describeMeaning(flag)]),
          width,
        ),
        width,
      );
  });
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
