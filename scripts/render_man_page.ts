import {
  type Flag,
  FLAG_GROUPS,
  FLAGS,
  variablesOf,
} from "../src/args/flags.ts";
import { EXEC_STATUSES, OTHER_STATUSES } from "../src/args/help_text.ts";
import { VERB_HELP, type VerbHelp } from "../src/args/verbs.ts";
import { DEFAULT_NAMES } from "../src/config/find_file.ts";

const LINE = 78;

const flags: readonly Flag[] = FLAGS;

/** Writes the man page, in roff with the macros of man(7), of the tables that the program goes by. */
export function renderManPage(version: string): string {
  return [
    '.\\" Made by "scripts/dev man" from src/args: change it there.',
    `.TH PORTHOLE 1 "" "porthole ${version}" "User Commands"`,
    // Names must not be hyphenated, nor lines stretched.
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
      "own instance. The command's exit status is porthole's, stdout is the " +
      "command's bytes and nothing else, and a piped stdin arrives with its end.",
      'Flags stand anywhere before a "--"; what follows it is the command\'s. ' +
      "A switch also takes a value, as in --debug=false, and so does the " +
      "environment variable that stands in for a flag.",
    ]),
    ".SH VERBS",
    ...VERB_HELP.flatMap(describeVerb),
    ".SH FLAGS",
    "Where no verb is named, a flag is taken by all of them.",
    ...FLAG_GROUPS.flatMap(describeGroup),
    ".SH ENVIRONMENT",
    ...flags.flatMap((flag) =>
      variablesOf(flag).flatMap((name) =>
        item(bold(name), `stands in for --${flag.name}`)
      )
    ),
    ...item(
      [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_CA_BUNDLE",
      ].map(bold).join(", "),
      "these, and AWS's others, mean what they mean to the AWS CLI",
    ),
    ...item(
      ["HTTPS_PROXY", "NO_PROXY"].map(bold).join(", "),
      "the proxy for all that goes to AWS, the sessions too",
    ),
    ...item(bold("NO_COLOR"), "where it is set, --color auto is never"),
    ".SH EXIT STATUS",
    `.SS ${
      VERB_HELP.filter(({ usage }) => usage.includes("COMMAND"))
        .map(({ name }) => `porthole ${escapeText(name)}`).join(" and ")
    }`,
    ...EXEC_STATUSES.flatMap(describeStatus),
    ".SS Other verbs, and mistakes before the verb is known",
    ...OTHER_STATUSES.flatMap(describeStatus),
    ".SH FILES",
    ...item(
      DEFAULT_NAMES.map(italic).join(", "),
      "the project's configuration, ecspresso's own: the first of them in the " +
        "current directory",
    ),
    ...item(
      italic("~/.config/porthole/config.yml"),
      "your own, or the one in $XDG_CONFIG_HOME",
    ),
    ...item(italic("/etc/porthole/config.yml"), "the machine's"),
    ".SH EXAMPLES",
    ...VERB_HELP.flatMap(({ examples }) =>
      examples.flatMap(([line, meaning]) => item(bold(line), meaning))
    ),
    ".SH SEE ALSO",
    ...text(
      "porthole help TOPIC tells more of a verb, of the route to a container " +
        "(routing), of the statuses (exit-codes) and of the codes of errors " +
        "(errors).",
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
    ...paragraphs([sentence(verb.summary), ...verb.notes]),
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

function nameFlag({ name, short, value, negatable }: Flag): string {
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${name}`,
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
    tellMeaning(description, choices),
    ...(others === undefined ? [] : [`With ${others.join(", ")}.`]),
    ...Object.entries(exceptions).map(([verb, { description, choices }]) =>
      `${tellMeaning(description, choices)} With ${verb}.`
    ),
  ].join(" ");
}

function tellMeaning(description: string, choices?: readonly string[]) {
  return sentence(description) +
    (choices === undefined ? "" : ` One of ${choices.join(", ")}.`);
}

function describeStatus([status, meaning]: readonly [string, string]) {
  return item(bold(status), meaning);
}

function item(tag: string, meaning: string): readonly string[] {
  return [".TP", tag, ...text(sentence(meaning))];
}

/** The tables have phrases. */
function sentence(phrase: string): string {
  const whole = /[.!?]$/.test(phrase) ? phrase : `${phrase}.`;
  return whole.startsWith("porthole")
    ? whole
    : whole.charAt(0).toUpperCase() + whole.slice(1);
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
