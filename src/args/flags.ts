import {
  COLOR_CHOICES,
  ECS_EXEC_CHOICES,
  LOG_FORMATS,
  OUTPUT_FORMATS,
  PICK_CHOICES,
  ROUTE_CHOICES,
  SESSION_CHOICES,
  STDERR_CHOICES,
  TAG_SOURCES,
  TASKS_OUTPUTS,
} from "../choices.ts";

/** What porthole can be asked to do. */
export const VERB_NAMES = [
  "exec",
  "run",
  "tasks",
  "status",
  "enable-exec",
  "disable-exec",
  "config",
  "completion",
  "version",
  "help",
] as const;
/** What programs ask porthole to do: no help speaks of it. */
export const HIDDEN_VERBS = ["__complete"] as const;
/** A verb that people type. */
export type TypedVerb = typeof VERB_NAMES[number];
/** A verb that only programs use. */
export type HiddenVerb = typeof HIDDEN_VERBS[number];
/** One of them. */
export type Verb = TypedVerb | HiddenVerb;

/** The headings under which the help lists flags, in its order. */
export const FLAG_GROUPS = [
  "Which container",
  "What to show",
  "What to run",
  "The task",
  "What to change",
  "How to connect",
  "Where and as whom",
  "Output",
  "About porthole",
] as const;

/** What a shell can complete a value from: files, or what there is in ECS. */
export type Completable =
  | "files"
  | "clusters"
  | "services"
  | "tasks"
  | "containers";

/** One flag: all that the parser, the help, the shells and the environment need to know of it. */
export interface Flag {
  /** The long name, without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Another long name, under which other programs have it. */
  readonly alias?: string;
  /** What its value is called in the help. A flag without one is a switch. */
  readonly value?: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** Where the values are that a shell can complete, if they are not `choices`. */
  readonly completes?: Completable;
  /** They may be written in capitals or not. */
  readonly anyCase?: boolean;
  /** It may be given several times, and each value counts; otherwise the last one wins. */
  readonly repeatable?: boolean;
  /** A switch that `--no-NAME` turns off, where leaving it out means neither on nor off. */
  readonly negatable?: boolean;
  readonly description: string;
  /** The variable that stands in for it. */
  readonly env?: string;
  /** ecspresso's variable, which counts where `env` is not set. */
  readonly ecspressoEnv?: string;
  /** The verbs that take it; absent: all. */
  readonly verbs?: readonly Verb[];
  /** What is otherwise with some of these verbs. */
  readonly exceptions?: Partial<
    Record<Verb, Pick<Flag, "choices" | "description">>
  >;
  readonly group: typeof FLAG_GROUPS[number];
}

/** Every flag there is. */
export const FLAGS = [
  {
    name: "service",
    value: "NAME",
    completes: "services",
    description: "the ECS service (same as TARGET)",
    env: "PORTHOLE_SERVICE",
    group: "Which container",
  },
  {
    name: "cluster",
    value: "NAME",
    completes: "clusters",
    description:
      "the ECS cluster (otherwise the file's; without a file and a " +
      'service you are asked, and without a terminal it is "default")',
    env: "PORTHOLE_CLUSTER",
    exceptions: {
      tasks: {
        description: 'the ECS cluster (otherwise the file\'s, or "default")',
      },
    },
    group: "Which container",
  },
  {
    name: "task-id",
    alias: "id",
    value: "ID",
    completes: "tasks",
    description:
      "this task: its id or ARN, or the first digits of its id (--id as well)",
    verbs: ["exec"],
    group: "Which container",
  },
  {
    name: "pick",
    value: "HOW",
    choices: PICK_CHOICES,
    description: "how to choose among running tasks; prompt, typed out, asks " +
      "for the container too",
    verbs: ["exec"],
    group: "Which container",
  },
  {
    name: "filter-command",
    value: "COMMAND",
    description:
      "choose with fzf, peco or the like: it gets candidates on its stdin, " +
      "and the first field of its answer counts",
    ecspressoEnv: "ECSPRESSO_FILTER_COMMAND",
    verbs: ["exec", "run"],
    group: "Which container",
  },
  {
    name: "container",
    short: "c",
    value: "NAME",
    completes: "containers",
    description: "the container (otherwise the task definition's first)",
    verbs: ["exec", "run"],
    group: "Which container",
  },
  {
    name: "all",
    short: "a",
    description: "tasks that have stopped too, as long as ECS remembers them " +
      "(an hour), and why they stopped",
    verbs: ["tasks"],
    group: "What to show",
  },
  {
    name: "events",
    value: "N",
    description: "how many of the service's last events (otherwise 5)",
    verbs: ["status"],
    group: "What to show",
  },
  {
    name: "watch",
    description: "look again every 5 seconds, until Ctrl-C",
    verbs: ["status"],
    group: "What to show",
  },
  {
    name: "command",
    value: "STRING",
    description: 'a line for the container\'s sh (instead of words after "--")',
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "interactive",
    short: "i",
    description: "connect the keyboard, or stream what is piped in",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "tty",
    short: "t",
    description: "insist on a terminal (-it as in docker)",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "no-stdin",
    short: "n",
    description: 'leave standard input alone (inside "while read" loops)',
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "no-shell",
    description: "send the command as it is, for images without sh",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "user",
    short: "u",
    value: "USER",
    description:
      "run the command as this user: a name or uid, with :GROUP or without",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "workdir",
    short: "w",
    value: "DIR",
    description: "the directory to run the command in",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "env",
    short: "e",
    value: "K=V",
    repeatable: true,
    description:
      "set a variable for the command (of run: for the container), or pass " +
      "on the local one (-e K); no secrets: AWS records it",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "dry-run",
    description: "print what would be done, and start nothing",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "privileged",
    description: "give the command all of the host's powers (Docker only)",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "detach",
    short: "d",
    description:
      "start the task with the command as its container's own, print its id, " +
      "and leave it",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "wait",
    description:
      "wait until it has ended, and exit with its container's status (with -d)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "count",
    value: "N",
    description: "start so many, up to 10 (with -d; otherwise 1)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "max-duration",
    value: "DURATION",
    description:
      "the task ends by itself after it, should porthole not be there to " +
      "stop it (otherwise 1h)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "replace-entrypoint",
    description:
      "for images whose ENTRYPOINT does not run what it is given: go through " +
      "a temporary task definition without it",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "task-definition",
    value: "NAME",
    description:
      "another task definition than the service's: family, family:revision " +
      "or ARN",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "revision",
    value: "N",
    description: "another revision of it: its number, or latest",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "cpu",
    value: "UNITS",
    description: 'the task\'s CPU: "512" or ".5 vCPU"',
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "memory",
    value: "MIB",
    description: 'the task\'s memory: "1024" or "1 GB"',
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "overrides-file",
    value: "FILE",
    completes: "files",
    description:
      "RunTask's overrides as JSON, as the AWS CLI takes them; flags win",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "tags",
    value: "K=V,...",
    repeatable: true,
    description: "tags of the task",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "propagate-tags",
    value: "FROM",
    choices: TAG_SOURCES,
    description: "give the task the tags of its service or task definition too",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "yes",
    short: "y",
    description: "do not ask before anything is changed",
    verbs: ["enable-exec", "disable-exec"],
    group: "What to change",
  },
  {
    name: "no-wait",
    description: "leave once the deployment has been started",
    verbs: ["enable-exec", "disable-exec"],
    group: "What to change",
  },
  {
    name: "via",
    value: "ROUTE",
    choices: ROUTE_CHOICES,
    description: "ECS Exec, or the Docker daemon of the task's instance",
    env: "PORTHOLE_VIA",
    verbs: ["exec", "run", "tasks", "config"],
    group: "How to connect",
  },
  {
    name: "ecs-exec",
    value: "ECSEXEC",
    choices: ECS_EXEC_CHOICES,
    anyCase: true,
    description:
      "whether ECS Exec is to be used, as the rack parameter says it",
    verbs: ["exec", "run", "tasks", "config"],
    group: "How to connect",
  },
  {
    name: "session",
    value: "CLIENT",
    choices: SESSION_CHOICES,
    description: "AWS's plugin or the built-in client",
    env: "PORTHOLE_SESSION",
    verbs: ["exec", "run", "config"],
    group: "How to connect",
  },
  {
    name: "agent-timeout",
    value: "DURATION",
    description:
      "how long to wait for an ECS Exec agent that is starting (otherwise 30s)",
    verbs: ["exec", "run"],
    group: "How to connect",
  },
  {
    name: "keep-alive",
    negatable: true,
    description:
      "keep AWS from ending a session in which nothing happens for " +
      "20 minutes (otherwise only an interactive one)",
    verbs: ["exec", "run"],
    group: "How to connect",
  },
  {
    name: "timeout",
    value: "DURATION",
    description:
      'give up after it: "30s", "5m", "1h30m"; "0" is never (of run: the ' +
      "start has so long, and then the command)",
    env: "PORTHOLE_TIMEOUT",
    ecspressoEnv: "ECSPRESSO_TIMEOUT",
    group: "How to connect",
  },
  {
    name: "config",
    value: "FILE",
    completes: "files",
    description:
      "the configuration (otherwise ecspresso.yml, .yaml, .json, .jsonnet)",
    env: "PORTHOLE_CONFIG",
    ecspressoEnv: "ECSPRESSO_CONFIG",
    group: "Where and as whom",
  },
  {
    name: "envfile",
    value: "FILE",
    repeatable: true,
    completes: "files",
    description:
      "variables (NAME=value lines) for the templates of the configuration; " +
      "they win over the environment",
    ecspressoEnv: "ECSPRESSO_ENVFILE",
    group: "Where and as whom",
  },
  {
    name: "ext-str",
    value: "NAME=VALUE",
    repeatable: true,
    description: "an external variable of a Jsonnet configuration: a text",
    ecspressoEnv: "ECSPRESSO_EXT_STR",
    group: "Where and as whom",
  },
  {
    name: "ext-code",
    value: "NAME=CODE",
    repeatable: true,
    description: "an external variable of a Jsonnet configuration: Jsonnet",
    ecspressoEnv: "ECSPRESSO_EXT_CODE",
    group: "Where and as whom",
  },
  {
    name: "region",
    value: "REGION",
    description: "the AWS region",
    env: "PORTHOLE_REGION",
    group: "Where and as whom",
  },
  {
    name: "profile",
    value: "NAME",
    description: "the profile of the AWS configuration",
    env: "PORTHOLE_PROFILE",
    group: "Where and as whom",
  },
  {
    name: "output",
    short: "o",
    value: "FORMAT",
    choices: OUTPUT_FORMATS,
    description:
      "stdout is text (of exec and run: what the command prints), or one " +
      "JSON object that tells all",
    verbs: [
      "exec",
      "run",
      "tasks",
      "status",
      "enable-exec",
      "disable-exec",
      "config",
    ],
    exceptions: {
      tasks: {
        choices: TASKS_OUTPUTS,
        description: "a table to read, one JSON object, or tab-separated lines",
      },
      status: {
        choices: OUTPUT_FORMATS,
        description: "text to read, or one JSON object",
      },
    },
    group: "Output",
  },
  {
    name: "result",
    value: "FILE",
    completes: "files",
    description: "write that object, without the output, to FILE as well",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "binary",
    negatable: true,
    description: "keep every byte of the output as it is, a third slower " +
      "(otherwise when stdout is no terminal)",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "stderr",
    value: "HOW",
    choices: STDERR_CHOICES,
    description:
      "the command's stderr on stdout, as ECS Exec has it, or apart, " +
      "as Docker has it",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "log-format",
    value: "FORMAT",
    choices: LOG_FORMATS,
    description: "the form of the log lines on stderr",
    env: "PORTHOLE_LOG_FORMAT",
    group: "Output",
  },
  {
    name: "color",
    value: "WHEN",
    choices: COLOR_CHOICES,
    description:
      "dim the details of lists (otherwise on a terminal, without NO_COLOR)",
    env: "PORTHOLE_COLOR",
    group: "Output",
  },
  {
    name: "quiet",
    short: "q",
    description: "no log lines, only warnings and errors",
    env: "PORTHOLE_QUIET",
    group: "Output",
  },
  {
    name: "debug",
    description: "say what is done, and a stack trace on errors",
    env: "PORTHOLE_DEBUG",
    group: "Output",
  },
  {
    name: "no-input",
    description: "never ask: fail where a choice would be needed",
    env: "PORTHOLE_NO_INPUT",
    group: "Output",
  },
  {
    name: "check",
    description: "ask the repository whether there is a newer version",
    verbs: ["version"],
    group: "About porthole",
  },
  {
    name: "help",
    short: "h",
    description: "this text",
    group: "About porthole",
  },
  {
    name: "version",
    description: "the version",
    group: "About porthole",
  },
] as const satisfies readonly Flag[];

type AnyFlag = typeof FLAGS[number];

/** The names in the table. */
export type FlagName = AnyFlag["name"];
/** Flags that take one of a few values. */
export type ChoiceFlagName = Extract<
  AnyFlag,
  { readonly choices: readonly string[] }
>["name"];
/** The values such a flag takes. */
export type ChoiceOf<N extends ChoiceFlagName> = Extract<
  AnyFlag,
  { readonly name: N; readonly choices: readonly string[] }
>["choices"][number];

/** Whether `verb` takes `flag`. */
export function takesFlag(verb: Verb, flag: Flag): boolean {
  return flag.verbs === undefined || flag.verbs.includes(verb);
}

/** A flag as one verb has it. */
export function flagOf(verb: Verb, flag: Flag): Flag {
  return { ...flag, ...flag.exceptions?.[verb] };
}

/** The variables that stand in for a flag, the one that wins first. */
export function variablesOf({ env, ecspressoEnv }: Flag): readonly string[] {
  return [env, ecspressoEnv].filter((name) => name !== undefined);
}

/** Looks a flag up by its long name. */
export function flagNamed(name: FlagName): Flag {
  return FLAGS.find((flag) => flag.name === name)!;
}
