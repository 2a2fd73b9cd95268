import type { Verb } from "./flags.ts";

/** What the help says of a verb. */
export interface VerbHelp {
  readonly name: Verb;
  /** What follows the verb on a command line. */
  readonly usage: string;
  readonly summary: string;
  /** Command lines with what they do, the commonest first. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Paragraphs below the usage. */
  readonly notes: readonly string[];
}

/** Every verb, in the order of the help. */
export const VERBS: readonly VerbHelp[] = [
  {
    name: "exec",
    usage: "[flags] [TARGET] [-- COMMAND [ARG...]]",
    summary: "run a command, or open a shell, in a running container",
    examples: [
      ["porthole exec web", 'a shell in a task of the service "web"'],
      ["porthole exec web -- ls -la", "a command; stdout is its output alone"],
      ["porthole exec prod/web -c sidecar", "another cluster and container"],
      ["porthole exec web -it -- python3", "an interactive program"],
      ["porthole exec web -i -- psql < a.sql", "standard input is streamed"],
      [
        'porthole exec web --command "ls | wc"',
        "a line for the container's sh",
      ],
      ["porthole exec web --pick newest -- env", "no question which task"],
      ["porthole exec web -o json -- date", "status, output and more as JSON"],
      ["porthole exec --task-id 1234abcd", "the task whose id begins so"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its ARN. " +
      "Without it the service comes from the flags, the environment or the " +
      "configuration file.",
      "On a terminal you choose what is still open: cluster, service, task, " +
      "each by its number, its name, or text that narrows the list (as in fzf: " +
      "^web, 'api, !canary). An empty answer goes back. What there is only one " +
      'of is taken. A service named without a cluster is looked for in "default".',
      "Without a command, and on a terminal, a shell is opened.",
      "AWS records the command with all that is in it, in CloudTrail and in the " +
      "cluster's audit log. So a secret belongs neither there nor in --env.",
      "--stderr split has its price: the order between the two streams is lost, " +
      "the command's stderr is no terminal, a daemon that holds it open delays " +
      "the end, and a container without base64 cannot do it.",
      "-o json and --result tell of failures too, with an error in the object.",
    ],
  },
  {
    name: "config",
    usage: "show [flags]",
    summary: "show the settings in force, and where each comes from",
    examples: [
      ["porthole config show", "every setting with its source"],
      ["porthole config show -o json", "the same for programs"],
      ["porthole config show --config prod.yml", "of another file"],
    ],
    notes: [
      "Flags win over PORTHOLE_* variables, these over the project's file " +
      "(ecspresso.yml), that over your own (porthole/config.yml in " +
      "$XDG_CONFIG_HOME or ~/.config), that over the machine's " +
      "(/etc/porthole/config.yml), and that over the AWS configuration. On " +
      "Windows the last two files are in %APPDATA% and %ProgramData%.",
      "A value that a template has read from the Parameter Store is not shown.",
    ],
  },
  {
    name: "version",
    usage: "",
    summary: "print the version",
    examples: [["porthole version", "the version of this program"]],
    notes: [],
  },
  {
    name: "help",
    usage: "[TOPIC]",
    summary:
      "explain porthole, a verb, the route, the exit statuses, or the error codes",
    examples: [],
    notes: [],
  },
];

/** What `porthole help TOPIC` can be asked. */
export const HELP_TOPICS = [
  "exec",
  "config",
  "version",
  "routing",
  "exit-codes",
  "errors",
] as const;
/** One of them. */
export type HelpTopic = typeof HELP_TOPICS[number];
