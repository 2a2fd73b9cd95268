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
    name: "version",
    usage: "",
    summary: "print the version",
    examples: [["porthole version", "the version of this program"]],
    notes: [],
  },
  {
    name: "help",
    usage: "[TOPIC]",
    summary: "explain porthole, a verb, or the exit statuses",
    examples: [],
    notes: [],
  },
];

/** What `porthole help TOPIC` can be asked. */
export const HELP_TOPICS = ["exec", "version", "exit-codes"] as const;
/** One of them. */
export type HelpTopic = typeof HELP_TOPICS[number];
