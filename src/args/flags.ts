import {
  COLOR_CHOICES,
  ECS_EXEC_CHOICES,
  HANDOFF_CHOICES,
  LOG_FORMATS,
  OUTPUT_FORMATS,
  PICK_CHOICES,
  PREFIX_CHOICES,
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
  "forward",
  "cp",
  "tasks",
  "status",
  "logs",
  "stop",
  "doctor",
  "enable-exec",
  "disable-exec",
  "rack",
  "plugin",
  "config",
  "completion",
  "version",
  "help",
] as const;
/** What only programs ask porthole to do; absent from the help. */
export const HIDDEN_VERBS = ["__complete"] as const;
/** A verb that people type. */
export type TypedVerb = typeof VERB_NAMES[number];
/** A verb that only programs use. */
export type HiddenVerb = typeof HIDDEN_VERBS[number];
/** One of them. */
export type Verb = TypedVerb | HiddenVerb;

/** The headings of the help, in its order, whose flags mean the same to every verb. */
export const SHARED_GROUPS: readonly string[] = [
  "Configuration and AWS",
  "Messages",
  "About porthole",
];

/** The headings under which the help lists flags, in its order. */
export const FLAG_GROUPS = [
  "Which container",
  "On many tasks",
  "What to show",
  "What to run",
  "What to copy",
  "The task",
  "What to change",
  "The rack",
  "A rack of your own",
  "How to connect",
  "Output",
  "Configuration and AWS",
  "Messages",
  "About porthole",
] as const;

/** The heading whose flags the help on `exec` only names: `porthole help many` has them. */
export const MANY_GROUP: typeof FLAG_GROUPS[number] = "On many tasks";

/** What a shell can complete a value from: files, what AWS's own files name, or what there is in ECS. */
export type Completable =
  | "files"
  | "profiles"
  | "regions"
  | "clusters"
  | "services"
  | "tasks"
  | "containers";

/** The verbs that look nothing up. */
const LOCAL_VERBS = ["completion", "version"] as const;
/** The verbs that ask nothing of AWS, and read no configuration. */
const OTHER_VERBS = ["rack", "plugin", ...LOCAL_VERBS] as const;

/** One flag: all that the parser, the help, the shells and the environment need to know of it. */
export interface Flag {
  /** The long name, without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Another long name, under which other programs have it. */
  readonly alias?: string;
  /** What its value is called in the help. A flag without one is a switch. */
  readonly value?: string;
  /** The only values it accepts. */
  readonly choices?: readonly string[];
  /** Where the values are that a shell can complete, if they are not `choices`. */
  readonly completes?: Completable;
  /** Upper and lower case are the same. */
  readonly anyCase?: boolean;
  /** It may be given several times, and each value counts; of other flags the last value wins. */
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
  /** The verbs that accept it without using it: their help leaves it out. */
  readonly unusedBy?: readonly Verb[];
  /** What differs with some of these verbs. */
  readonly exceptions?: Partial<
    Record<
      Verb,
      Pick<Flag, "choices" | "description"> & Partial<Pick<Flag, "group">>
    >
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
    unusedBy: OTHER_VERBS,
    group: "Which container",
  },
  {
    name: "cluster",
    value: "NAME",
    completes: "clusters",
    description: "the ECS cluster (default: the configured one)",
    env: "PORTHOLE_CLUSTER",
    exceptions: {
      tasks: {
        description:
          'the ECS cluster (default: the configured one, or "default")',
      },
    },
    unusedBy: OTHER_VERBS,
    group: "Which container",
  },
  {
    name: "task-id",
    alias: "id",
    value: "ID",
    completes: "tasks",
    description: "the task: id, start of an id, ARN or private IP",
    verbs: ["exec", "forward", "cp", "logs"],
    group: "Which container",
  },
  {
    name: "pick",
    value: "HOW",
    choices: PICK_CHOICES,
    description: "which running task",
    env: "PORTHOLE_PICK",
    verbs: ["exec", "forward", "cp", "config"],
    group: "Which container",
  },
  {
    name: "wait-for-task",
    value: "DURATION",
    description: "wait so long for a running task (0: no limit)",
    verbs: ["exec"],
    group: "Which container",
  },
  {
    name: "filter-command",
    value: "COMMAND",
    description: "choose with an external picker: fzf, peco, ...",
    ecspressoEnv: "ECSPRESSO_FILTER_COMMAND",
    verbs: ["exec", "run", "cp"],
    group: "Which container",
  },
  {
    name: "container",
    short: "c",
    value: "NAME",
    completes: "containers",
    description: "the container (default: the definition's first)",
    verbs: ["exec", "run", "forward", "cp", "doctor", "logs"],
    exceptions: { logs: { description: "the container (default: all)" } },
    group: "Which container",
  },
  {
    name: "all",
    short: "a",
    description:
      "include stopped tasks (ECS keeps them for an hour) and why they stopped",
    verbs: ["exec", "tasks"],
    exceptions: {
      exec: {
        description: "run the command in every running task of the service",
        group: "On many tasks",
      },
    },
    group: "What to show",
  },
  {
    name: "all-services",
    short: "A",
    description: "list the whole cluster, whatever service is configured",
    verbs: ["exec", "tasks"],
    exceptions: {
      exec: {
        description:
          "with --all: in every task of the cluster, whatever service is configured",
        group: "On many tasks",
      },
    },
    group: "What to show",
  },
  {
    name: "parallel",
    value: "N",
    description: "how many tasks at a time, 1 to 500 (default: 10)",
    verbs: ["exec"],
    group: "On many tasks",
  },
  {
    name: "prefix",
    value: "WHEN",
    choices: PREFIX_CHOICES,
    description: "put the task's short id before each line of output",
    verbs: ["exec", "logs"],
    exceptions: {
      logs: {
        choices: PREFIX_CHOICES,
        description: "put the task's short id, and the container where there " +
          "are several, before each line",
        group: "Output",
      },
    },
    group: "On many tasks",
  },
  {
    name: "fail-fast",
    description: "after the first failure start no more, and end the others",
    verbs: ["exec"],
    group: "On many tasks",
  },
  {
    name: "output-dir",
    value: "DIR",
    completes: "files",
    description: "write each task's stdout and result to files in DIR",
    verbs: ["exec"],
    group: "On many tasks",
  },
  {
    name: "events",
    value: "N",
    description: "how many of the latest events to show (default: 5)",
    verbs: ["status"],
    group: "What to show",
  },
  {
    name: "watch",
    description: "refresh every 5 seconds, until Ctrl-C",
    verbs: ["status", "tasks"],
    group: "What to show",
  },
  {
    name: "follow",
    short: "f",
    description: "show new lines as they come, until Ctrl-C",
    verbs: ["logs", "forward"],
    exceptions: {
      forward: {
        description:
          "when the task stops, go on with another one of the service",
        group: "How to connect",
      },
    },
    group: "What to show",
  },
  {
    name: "since",
    value: "TIME",
    description:
      "from then on: 10m (ago) or 2026-01-31T12:00:00Z (default: 10m; with -f: now)",
    verbs: ["logs"],
    group: "What to show",
  },
  {
    name: "until",
    value: "TIME",
    description: "up to then, written like --since",
    verbs: ["logs"],
    group: "What to show",
  },
  {
    name: "filter",
    value: "PATTERN",
    repeatable: true,
    description: "only what matches a filter pattern of CloudWatch Logs",
    verbs: ["logs", "tasks"],
    exceptions: {
      tasks: {
        description:
          "only tasks like this: unhealthy, ip=ADDRESS or tag=KEY=VALUE",
      },
    },
    group: "What to show",
  },
  {
    name: "grep",
    value: "REGEX",
    description: "only what matches a regular expression of JavaScript",
    verbs: ["logs"],
    group: "What to show",
  },
  {
    name: "previous",
    description: "of tasks that have stopped (within the last hour)",
    verbs: ["logs"],
    group: "What to show",
  },
  {
    name: "no-probe",
    description: "open no session: only look",
    verbs: ["doctor"],
    group: "What to show",
  },
  {
    name: "command",
    value: "STRING",
    description: 'a shell line, instead of words after "--"',
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "interactive",
    short: "i",
    description: "connect the keyboard, or stream piped input",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "tty",
    short: "t",
    description: "require a terminal (-it as in docker)",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "no-stdin",
    short: "n",
    description: 'do not read stdin (for "while read" loops)',
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "lines",
    short: "n",
    value: "LINES",
    description: "only the last lines, so many of all together",
    // exec's -n comes first: it is what the letter means where no verb is known.
    verbs: ["logs"],
    group: "What to show",
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
    description: "user to run as: NAME, UID, NAME:GROUP or UID:GID",
    verbs: ["exec", "run", "cp"],
    group: "What to run",
  },
  {
    name: "workdir",
    short: "w",
    value: "DIR",
    description: "directory to run the command in",
    verbs: ["exec", "run", "cp"],
    group: "What to run",
  },
  {
    name: "env",
    short: "e",
    value: "K=V",
    repeatable: true,
    description: "set K, pass K on, read @FILE; AWS records those of run",
    verbs: ["exec", "run"],
    group: "What to run",
  },
  {
    name: "preserve",
    description: "keep owners too, and with them setuid and setgid",
    verbs: ["cp"],
    group: "What to copy",
  },
  {
    name: "dry-run",
    description: "show what would happen, and start nothing",
    verbs: ["exec", "run", "cp"],
    group: "What to run",
  },
  {
    name: "privileged",
    description: "run with extended privileges (Docker only)",
    verbs: ["exec", "run", "cp"],
    group: "What to run",
  },
  {
    name: "detach",
    short: "d",
    description:
      "run the command as the container's main command, print the task id, and exit",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "wait",
    description:
      "wait until the task ends, and exit with its container's status (with -d)",
    verbs: ["run", "stop", "rack"],
    exceptions: {
      stop: {
        description: "wait until the tasks have stopped",
        group: "What to change",
      },
      rack: { description: "wait until the rack has been updated" },
    },
    group: "The task",
  },
  {
    name: "logs",
    description:
      "show what the task writes to CloudWatch Logs (with -d --wait)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "count",
    value: "N",
    description: "number of tasks to start, 1 to 10 (with -d; default: 1)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "max-duration",
    value: "DURATION",
    description:
      "stop the task after this long even if porthole is gone (default: 1h)",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "replace-entrypoint",
    description:
      "for images whose ENTRYPOINT does not run the command it is given: use a temporary task definition without it",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "task-definition",
    value: "NAME",
    description:
      "use another task definition than the service's: family, family:revision or ARN",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "revision",
    value: "N",
    description: "use another revision of it: its number, or latest",
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
      "a JSON file with RunTask's overrides, as for the AWS CLI; flags win",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "tags",
    value: "K=V,...",
    repeatable: true,
    description: "tags for the task",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "propagate-tags",
    value: "FROM",
    choices: TAG_SOURCES,
    description:
      "also give the task the tags of its service or task definition",
    verbs: ["run"],
    group: "The task",
  },
  {
    name: "yes",
    short: "y",
    description: "do not ask before changing anything",
    verbs: ["stop", "enable-exec", "disable-exec"],
    group: "What to change",
  },
  {
    name: "reason",
    value: "TEXT",
    description: "why, for the task's stop reason in ECS",
    verbs: ["stop"],
    group: "What to change",
  },
  {
    name: "no-wait",
    description: "return once the deployment has started",
    verbs: ["enable-exec", "disable-exec"],
    group: "What to change",
  },
  {
    name: "name",
    value: "NAME",
    description: "name for the rack (default: the start of its host)",
    verbs: ["rack"],
    group: "The rack",
  },
  {
    name: "ca",
    value: "FILE",
    completes: "files",
    description: "also trust the CA certificates in FILE (PEM)",
    verbs: ["rack"],
    group: "The rack",
  },
  {
    name: "pin",
    value: "SHA256",
    description:
      "trust this one certificate by its SHA-256 fingerprint, and no other",
    verbs: ["rack"],
    group: "The rack",
  },
  {
    name: "allow-stream-host",
    value: "HOST",
    repeatable: true,
    description:
      "also accept sessions on HOST, where AWS is reached by another name",
    verbs: ["rack"],
    group: "The rack",
  },
  {
    name: "token-stdin",
    description: "read the token from stdin",
    verbs: ["rack"],
    group: "The rack",
  },
  {
    name: "clusters",
    value: "NAMES",
    repeatable: true,
    description: "the clusters to serve, with commas between them",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "gen1",
    value: "NAMES",
    repeatable: true,
    description: "clusters to serve as generation 1, always through Docker",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "listen",
    value: "HOST:PORT",
    description: "address to listen on (default: 0.0.0.0:5443)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "tls-cert",
    value: "FILE",
    completes: "files",
    description: "certificate chain in FILE (PEM)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "tls-key",
    value: "FILE",
    completes: "files",
    description: "key of that certificate in FILE (PEM)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "behind-balancer",
    description:
      "plain http behind a load balancer that keeps client addresses",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "behind-proxy",
    value: "CIDR",
    repeatable: true,
    description: "plain http from a proxy in CIDR, which sets X-Forwarded-For",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "users",
    value: "PLACE",
    description: "where users are kept: ssm:/PATH or file:FILE",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "ticket-key",
    value: "FILE",
    completes: "files",
    description: "key for tickets in FILE: one line, or two to change it",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "session-role",
    value: "ARN",
    description: "role to open sessions under, in the name of the user",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "handoff",
    value: "TO",
    choices: HANDOFF_CHOICES,
    description: "whom sessions are handed off to (default: porthole)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "allow-run",
    description: "let users with run: start tasks",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "allow-params",
    description: "let admins change parameters",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "allow-update",
    description: "let admins update the rack",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "max-session",
    value: "DURATION",
    description: "longest session (default: 12h)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "drain",
    value: "DURATION",
    description:
      "time between TERM and the end of relayed sessions (default: 110s)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "param",
    value: "KEY=VALUE",
    repeatable: true,
    description: "ECSExec=Yes or ECSExec=No, outside ECS (default: No)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "max-sessions-per-user",
    value: "N",
    description: "sessions of one user (default: 20)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "max-sessions",
    value: "N",
    description: "sessions in all (default: 500)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "max-lookups",
    value: "N",
    description: "look-ups per second of one user (default: 5)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "allow",
    value: "SCOPE",
    repeatable: true,
    description:
      "what the token allows: list, exec or run, then :CLUSTER/SERVICE",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "admin",
    description: "the token may change parameters and update the rack",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "expires",
    value: "TIME",
    description: "when the token expires, such as 90d (default: never)",
    verbs: ["rack"],
    group: "A rack of your own",
  },
  {
    name: "dir",
    value: "DIR",
    completes: "files",
    description: "the folder for the link (default: that of porthole)",
    verbs: ["plugin"],
    group: "What to change",
  },
  {
    name: "force",
    description: "make the link though AWS's own plugin is installed",
    verbs: ["plugin"],
    group: "What to change",
  },
  {
    name: "via",
    value: "ROUTE",
    choices: ROUTE_CHOICES,
    description: "route to the container",
    env: "PORTHOLE_VIA",
    verbs: ["exec", "run", "forward", "cp", "tasks", "doctor", "config"],
    group: "How to connect",
  },
  {
    name: "ecs-exec",
    value: "ECSEXEC",
    choices: ECS_EXEC_CHOICES,
    anyCase: true,
    description: "whether to use ECS Exec, as in a rack",
    verbs: ["exec", "run", "cp", "tasks", "doctor", "config"],
    group: "How to connect",
  },
  {
    name: "session",
    value: "CLIENT",
    choices: SESSION_CHOICES,
    description: "client for ECS Exec",
    env: "PORTHOLE_SESSION",
    verbs: ["exec", "run", "cp", "doctor", "config"],
    group: "How to connect",
  },
  {
    name: "agent-timeout",
    value: "DURATION",
    description: "how long to wait for the agent (default: 30s)",
    verbs: ["exec", "run", "cp"],
    group: "How to connect",
  },
  {
    name: "keep-alive",
    negatable: true,
    description: "keep an idle session open (default: interactive ones)",
    verbs: ["exec", "run", "forward", "cp"],
    exceptions: {
      forward: { description: "keep idle sessions open (default: on)" },
    },
    group: "How to connect",
  },
  {
    name: "address",
    value: "ADDRESS",
    description: "the local address to listen on (default: 127.0.0.1)",
    verbs: ["forward"],
    group: "How to connect",
  },
  {
    name: "timeout",
    value: "DURATION",
    description: "time limit (default: 10m; 0 means no limit)",
    exceptions: {
      forward: {
        description:
          "time limit for opening ports (default: 10m; 0 means no limit)",
      },
      run: {
        description: "time limit, for the start and then for the command " +
          "(default: 10m; 0 means no limit)",
      },
    },
    env: "PORTHOLE_TIMEOUT",
    ecspressoEnv: "ECSPRESSO_TIMEOUT",
    unusedBy: OTHER_VERBS,
    group: "How to connect",
  },
  {
    name: "config",
    value: "FILE",
    completes: "files",
    description:
      "the configuration file, or none (default: ecspresso.yml, .yaml, .json or .jsonnet)",
    env: "PORTHOLE_CONFIG",
    ecspressoEnv: "ECSPRESSO_CONFIG",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "envfile",
    value: "FILE",
    repeatable: true,
    completes: "files",
    description:
      "a file of NAME=value lines for the configuration's templates; wins over the environment",
    ecspressoEnv: "ECSPRESSO_ENVFILE",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "ext-str",
    value: "NAME=VALUE",
    repeatable: true,
    description: "an external variable of a Jsonnet configuration, as a string",
    ecspressoEnv: "ECSPRESSO_EXT_STR",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "ext-code",
    value: "NAME=CODE",
    repeatable: true,
    description: "an external variable of a Jsonnet configuration, as Jsonnet",
    ecspressoEnv: "ECSPRESSO_EXT_CODE",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "region",
    value: "REGION",
    completes: "regions",
    description: "the AWS region",
    env: "PORTHOLE_REGION",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "profile",
    value: "NAME",
    completes: "profiles",
    description: "the profile of the AWS configuration",
    env: "PORTHOLE_PROFILE",
    unusedBy: OTHER_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "rack",
    value: "RACK",
    description:
      'ask a rack instead of AWS: its name or URL; "none" for no rack',
    env: "PORTHOLE_RACK",
    unusedBy: LOCAL_VERBS,
    group: "Configuration and AWS",
  },
  {
    name: "output",
    short: "o",
    value: "FORMAT",
    choices: OUTPUT_FORMATS,
    description: "the command's output, or one object",
    verbs: [
      "exec",
      "run",
      "forward",
      "cp",
      "tasks",
      "status",
      "logs",
      "stop",
      "doctor",
      "enable-exec",
      "disable-exec",
      "config",
    ],
    exceptions: {
      forward: { description: "text, or one JSON object once ports are open" },
      tasks: {
        choices: TASKS_OUTPUTS,
        description: "a table, a wide one, JSON, or tab-separated lines",
      },
      status: {
        choices: OUTPUT_FORMATS,
        description: "text, or one JSON object",
      },
      logs: { description: "text, or one JSON object a line" },
      stop: { description: "text, or one JSON object" },
      doctor: { description: "text, or one JSON object" },
      "enable-exec": { description: "text, or one JSON object" },
      "disable-exec": { description: "text, or one JSON object" },
      config: { description: "text, or one JSON object" },
    },
    group: "Output",
  },
  {
    name: "result",
    value: "FILE",
    completes: "files",
    description: "write that object, without the output, to FILE",
    verbs: ["exec", "run", "cp"],
    group: "Output",
  },
  {
    name: "record",
    value: "FILE",
    completes: "files",
    description: "record an interactive session (asciicast v2)",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "record-input",
    description: "record the keys too, passwords among them",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "binary",
    negatable: true,
    description: "keep output byte-exact (default: unless on a terminal)",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "stderr",
    value: "HOW",
    choices: STDERR_CHOICES,
    description: "merge stderr into stdout, or not",
    verbs: ["exec", "run"],
    group: "Output",
  },
  {
    name: "log-format",
    value: "FORMAT",
    choices: LOG_FORMATS,
    description: "the format of the log lines on stderr",
    env: "PORTHOLE_LOG_FORMAT",
    group: "Messages",
  },
  {
    name: "color",
    value: "WHEN",
    choices: COLOR_CHOICES,
    description:
      "when to use color (default: on a terminal, unless NO_COLOR is set)",
    env: "PORTHOLE_COLOR",
    unusedBy: ["config", ...OTHER_VERBS],
    group: "Messages",
  },
  {
    name: "quiet",
    short: "q",
    description: "print only warnings and errors to stderr",
    env: "PORTHOLE_QUIET",
    unusedBy: LOCAL_VERBS,
    group: "Messages",
  },
  {
    name: "debug",
    description: "log each step; print stack traces",
    env: "PORTHOLE_DEBUG",
    group: "Messages",
  },
  {
    name: "no-input",
    description: "never prompt; fail if a choice is needed",
    env: "PORTHOLE_NO_INPUT",
    unusedBy: LOCAL_VERBS,
    group: "Messages",
  },
  {
    name: "check",
    description: "check the repository for a newer version",
    verbs: ["version"],
    group: "About porthole",
  },
  {
    name: "help",
    short: "h",
    description: "show this help",
    group: "About porthole",
  },
  {
    name: "version",
    description: "print the version",
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

/** Whether `flag` changes anything for `verb`. */
export function usesFlag(verb: Verb, flag: Flag): boolean {
  return takesFlag(verb, flag) && !flag.unusedBy?.includes(verb);
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
