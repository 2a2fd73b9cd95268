import {
  type Flag,
  FLAG_GROUPS,
  FLAGS,
  variablesOf,
} from "../src/args/flags.ts";
import {
  EXEC_STATUSES,
  OTHER_STATUSES,
  sentence,
} from "../src/args/help_text.ts";
import { VERB_HELP, type VerbHelp } from "../src/args/verbs.ts";
import { DEFAULT_NAMES } from "../src/config/find_file.ts";

const LINE = 78;

const flags: readonly Flag[] = FLAGS;

/** Writes the man page, in roff with the macros of man(7), from the program's own tables. */
export function renderManPage(version: string): string {
  return [
    '.\\" Made by "scripts/dev man" from src/args: change it there.',
    `.TH PORTHOLE 1 "" "porthole ${version}" "User Commands"`,
    // Names must not be hyphenated, nor lines justified.
    ".nh",
    ".ad l",
    ".SH NAME",
    "porthole \\- run a command, or open a shell, in a container on Amazon ECS",
    ".SH SYNOPSIS",
    ...VERB_HELP.flatMap((
      verb,
      at,
    ) => [...(at > 0 ? [".br"] : []), usage(verb)]),
    ".SH DESCRIPTION",
    ...paragraphs([
      "porthole runs a command, or opens a shell, in a container of an Amazon " +
      "ECS task: through ECS Exec, or through the Docker daemon of the task's " +
      "own instance. It exits with the command's exit status, stdout is the " +
      "command's output and nothing else, and a piped stdin is streamed, " +
      "including end-of-file.",
      'Flags may stand anywhere before "--"; what follows "--" is the command. ' +
      "A switch also accepts a value, as in --debug=false, and so does its " +
      "environment variable.",
    ]),
    ".SH COMMANDS",
    ...VERB_HELP.flatMap(describeVerb),
    ".SH FLAGS",
    "A flag that names no commands works with all of them.",
    ...FLAG_GROUPS.flatMap(describeGroup),
    ".SH ENVIRONMENT",
    ...flags.flatMap((flag) =>
      variablesOf(flag).flatMap((name) =>
        item(bold(name), `sets --${flag.name}`)
      )
    ),
    ...item(
      [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_CA_BUNDLE",
      ].map(bold).join(", "),
      "these, and AWS's other variables, work as they do for the AWS CLI",
    ),
    ...item(
      ["HTTPS_PROXY", "NO_PROXY"].map(bold).join(", "),
      "the proxy for all connections to AWS, including sessions",
    ),
    ...item(bold("NO_COLOR"), "if it is set, --color auto means never"),
    ".SH EXIT STATUS",
    `.SS ${
      VERB_HELP.filter(({ usage }) => usage.includes("COMMAND"))
        .map(({ name }) => `porthole ${escapeText(name)}`).join(" and ")
    }`,
    ...EXEC_STATUSES.flatMap(describeStatus),
    ".SS Other commands, and mistakes before the command is known",
    ...OTHER_STATUSES.flatMap(describeStatus),
    ".SH FILES",
    ...item(
      DEFAULT_NAMES.map(italic).join(", "),
      "the project's configuration, shared with ecspresso: the first of these " +
        "in the current directory",
    ),
    ...item(
      italic("~/.config/porthole/config.yml"),
      "your own configuration, or the one in $XDG_CONFIG_HOME",
    ),
    ...item(italic("/etc/porthole/config.yml"), "the machine's configuration"),
    ".SH EXAMPLES",
    ...VERB_HELP.flatMap(({ examples }) =>
      examples.flatMap(([line, meaning]) => item(bold(line), meaning))
    ),
    ".SH SEE ALSO",
    ...text(
      "porthole help TOPIC explains a command, one command in many tasks " +
        "(many), the route to a container (routing), the environment variables (environment), the exit statuses " +
        "(exit-codes), or the error codes (errors).",
    ),
    "",
  ].join("\n");
}

function usage({ name, usage }: VerbHelp): string {
  const words = usage.split(/([A-Z]{2,})/).map((part, at) =>
    at % 2 === 1 ? italic(part) : escapeText(part)
  );
  return `${bold(`porthole ${name}`)} ${words.join("")}`.trimEnd();
}

function describeVerb(verb: VerbHelp): readonly string[] {
  return [
    `.SS porthole ${escapeText(verb.name)}`,
    usage(verb),
    ".PP",
    ...paragraphs([
      sentence(verb.summary),
      ...verb.notes,
      ...verb.details ?? [],
    ]),
  ];
}

function describeGroup(
  group: typeof FLAG_GROUPS[number],
): readonly string[] {
  const members = flags.filter((flag) => flag.group === group);
  return members.length === 0 ? [] : [
    `.SS ${escapeText(group)}`,
    ...members.flatMap((flag) => item(nameFlag(flag), describeFlag(flag))),
  ];
}

function nameFlag({ name, short, alias, value, negatable }: Flag): string {
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${name}`,
    ...(alias === undefined ? [] : [`--${alias}`]),
    ...(negatable ? [`--no-${name}`] : []),
  ];
  return names.map(bold).join(", ") +
    (value === undefined ? "" : ` ${italic(value)}`);
}

function describeFlag(
  { description, choices, verbs, exceptions = {} }: Flag,
): string {
  const others = verbs?.filter((verb) => exceptions[verb] === undefined);
  return [
    sentence(`${description}${tellChoices(choices)}`),
    ...(others === undefined ? [] : [`With ${others.join(", ")}.`]),
    ...Object.entries(exceptions).map(([verb, exception]) =>
      `With ${verb}: ${exception.description}${
        tellChoices(exception.choices ?? choices)
      }.`
    ),
  ].join(" ");
}

function tellChoices(choices?: readonly string[]): string {
  return choices === undefined ? "" : `: {${choices.join("|")}}`;
}

function describeStatus([status, meaning]: readonly [string, string]) {
  return item(bold(status), meaning);
}

function item(tag: string, meaning: string): readonly string[] {
  return [".TP", tag, ...text(sentence(meaning))];
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((one, at) => [...(at > 0 ? [".PP"] : []), ...text(one)]);
}

/** Running text in lines; a sentence that ends in one begins the next, as roff wants it. */
function text(words: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && (longer.length > LINE || /[.!?]$/.test(line))) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].map(escapeText);
}

function bold(words: string): string {
  return `\\fB${escapeText(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${escapeText(words)}\\fR`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** Writes text so that roff shows these very characters, and takes no line of it for a request. */
function escapeText(words: string): string {
  return words.replaceAll(/[\\'"`^~-]/g, (char) => ESCAPES[char]!)
    .replace(/^\./, "\\&.");
}
