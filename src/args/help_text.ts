import { type ErrorCode, ERRORS } from "../errors.ts";
import { exitStatusFor } from "../exit_status.ts";
import { ROUTING_TABLE } from "../routing_table.ts";
import {
  type Flag,
  FLAG_GROUPS,
  flagOf,
  FLAGS,
  takesFlag,
  variablesOf,
} from "./flags.ts";
import type { HelpTopic } from "./help_topics.ts";
import { VERB_HELP, type VerbHelp } from "./verbs.ts";

const WIDTH = 80;

/** Renders the help on one topic, or the overview. */
export function renderHelp(topic?: HelpTopic): string {
  if (topic === undefined) return renderOverview();
  if (topic === "routing") return renderRouting();
  if (topic === "exit-codes") return renderExitCodes();
  if (topic === "errors") return renderErrors();
  return renderVerb(VERB_HELP.find(({ name }) => name === topic)!);
}

function renderOverview(): string {
  const [exec] = VERB_HELP;
  return sections([
    "porthole: a command or a shell in a container that runs on Amazon ECS",
    section("Examples", pairs(exec!.examples.slice(0, 4))),
    section("Usage", ["  porthole VERB [flags] [arguments]"]),
    section(
      "Verbs",
      pairs(VERB_HELP.map(({ name, summary }) => [name, summary])),
    ),
    ...flagSections(FLAGS.filter((flag: Flag) => flag.verbs === undefined)),
    ENDING,
  ]);
}

function renderVerb(verb: VerbHelp): string {
  const flags = FLAGS.filter((flag) => takesFlag(verb.name, flag))
    .map((flag) => flagOf(verb.name, flag));
  return sections([
    section("Examples", pairs(verb.examples)),
    section("Usage", [
      `  porthole ${verb.name} ${verb.usage}`.trimEnd(),
      ...verb.notes.flatMap((note) => ["", ...wrap(note, 2)]),
    ]),
    ...flagSections(flags),
    environmentSection(flags),
    ENDING,
  ]);
}

/** In words what src/route/decide_route.ts decides. */
function renderRouting(): string {
  return sections([
    wrap(
      "ECS Exec goes through Session Manager and is recorded in CloudTrail. " +
        "Docker exec asks the Docker daemon of the task's own instance " +
        "(exec.docker.host says where it listens), and is not; it is never used " +
        "without a warning on stderr.",
      0,
    ).join("\n"),
    section(
      "The first that applies decides",
      ROUTING_TABLE.flatMap(({ when, then }, row) =>
        pairs([[`${row}`, `${when}: ${then}`]])
      ),
    ),
    wrap(
      "--dry-run, -o json and --result tell the route and its reason.",
      0,
    ).join("\n"),
  ]);
}

/** In words what src/exit_status.ts decides. */
function renderExitCodes(): string {
  return sections([
    section("porthole exec, porthole run", pairs(EXEC_STATUSES)),
    section(
      "Other verbs, and mistakes before the verb is known",
      pairs(OTHER_STATUSES),
    ),
    wrap(
      "Nothing reports the status with --no-shell, from a Windows task, and in " +
        "an interactive session through AWS's session-manager-plugin: there a " +
        "session that ended normally is 0. Where nobody looks on, a warning " +
        "says so.",
      0,
    ).join("\n"),
  ]);
}

function renderErrors(): string {
  const codes = Object.entries(ERRORS) as [ErrorCode, string][];
  const width = Math.max(...codes.map(([code]) => code.length));
  return sections([
    wrap(
      'The "code" of an error, with --log-format json on stderr and with -o ' +
        "json in the object on stdout, and the exit status of exec and run " +
        "with it. " +
        "Codes stay what they are; new ones may come.",
      0,
    ).join("\n"),
    section(
      "Codes",
      pairs(codes.map(([code, meaning]) => [
        `${code.padEnd(width)}  ${exitStatusFor(code, "remote")}`,
        meaning,
      ])),
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
    "AWS refused, the task stopped, or did not start",
  ],
  ["126", "the command was found but cannot be run"],
  ["127", "the command was not found"],
  ["130", "cancelled"],
] as const;

/** The statuses of all others. */
export const OTHER_STATUSES = [
  ["0", "done"],
  ["1", "failed"],
  ["2", "a mistake on the command line"],
  ["130", "cancelled"],
] as const;

const ENDING =
  'More: "porthole help exec", "porthole help exit-codes", "porthole help errors"';

function flagSections(flags: readonly Flag[]): string[] {
  return FLAG_GROUPS.flatMap((group) => {
    const members = flags.filter((flag) => flag.group === group);
    return members.length === 0 ? [] : [
      section(
        group,
        pairs(members.map((flag) => [flagUsage(flag), flagMeaning(flag)])),
      ),
    ];
  });
}

function flagUsage({ name, short, value, negatable }: Flag): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${negatable ? "[no-]" : ""}${name}${
    value === undefined ? "" : ` ${value}`
  }`;
}

function flagMeaning({ description, choices }: Flag): string {
  return choices === undefined
    ? description
    : `${description}: ${choices.join(", ")}`;
}

function environmentSection(flags: readonly Flag[]): string {
  return section("Environment variables", [
    ...pairs(
      flags.flatMap((flag) =>
        variablesOf(flag).map((name) => [name, `--${flag.name}`] as const)
      ),
    ),
    "",
    ...wrap(
      "A flag wins over its variable, and PORTHOLE_* over ECSPRESSO_*. Switches take 1 or 0, true or false, yes " +
        "or no. AWS's own variables (AWS_PROFILE, AWS_REGION, ...) mean what " +
        "they mean to the AWS CLI.",
      2,
    ),
  ]);
}

function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`${title}:`, ...lines].join("\n");
}

/** Two columns; what is too long for the second goes on below itself. */
function pairs(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) => {
    const [first, ...more] = wrap(right, width);
    return [`  ${left}`.padEnd(width) + first!.trimStart(), ...more];
  });
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(" ".repeat(indent) + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, " ".repeat(indent) + line];
}
