import type { StatusRules } from "../exit_status.ts";
import { type HiddenVerb, type Verb, VERB_NAMES } from "./flags.ts";
import { HELP_TOPICS } from "./help_topics.ts";
import type { Invocation } from "./invocation.ts";
import { parseComplete } from "./parse_complete.ts";
import { parseCompletion } from "./parse_completion.ts";
import { parseConfigShow } from "./parse_config_show.ts";
import { parseExec } from "./parse_exec.ts";
import { parseDisableExec, parseEnableExec } from "./parse_exec_switch.ts";
import { parseHelp } from "./parse_help.ts";
import { parseRun } from "./parse_run.ts";
import { parseStatus } from "./parse_status.ts";
import { parseTasks } from "./parse_tasks.ts";
import { parseVersion } from "./parse_version.ts";
import type { FlagSources } from "./read_flags.ts";
import type { Words } from "./read_words.ts";
import { SHELLS } from "./shells.ts";

/** What the program needs to know of a verb before it is loaded. */
export interface VerbRules {
  /** A mistake is a PortholeError "usage". */
  readonly parse: (words: Words, sources: FlagSources) => Invocation;
  readonly statuses: StatusRules;
  /**
   * Whether it may write: results, a unix socket's connection, a cache, an SSO token that is renewed.
   * From the others the permission is taken.
   */
  readonly writes: boolean;
  /** What `-o json` prints of a failure before the verb has begun. */
  readonly failure: "result" | "error" | "none";
}

/** What the help says of a verb. */
export interface HelpText {
  /** What follows the verb on a command line. */
  readonly usage: string;
  /** The words that may follow it, where there are only a few. */
  readonly words?: readonly string[];
  readonly summary: string;
  /** Command lines with what they do, the commonest first. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Paragraphs below the usage. */
  readonly notes: readonly string[];
}

/** A verb's help with its name. */
export interface VerbHelp extends HelpText {
  readonly name: Verb;
}

/** Every verb, in the order of the help. */
export const VERBS: {
  readonly [V in Verb]: VerbRules & (V extends HiddenVerb ? unknown : HelpText);
} = {
  exec: {
    parse: parseExec,
    statuses: "remote",
    writes: true,
    failure: "result",
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
  run: {
    parse: parseRun,
    statuses: "remote",
    writes: true,
    failure: "result",
    usage: "[flags] [TARGET] [-- COMMAND [ARG...]]",
    summary: "start a task like a service's, run a command in it, and stop it",
    examples: [
      ["porthole run web -- ./migrate up", "a task of its own for one command"],
      ["porthole run web", "a shell in a task that takes no requests"],
      ["tar c . | porthole run web -- tar t", "standard input is streamed"],
      ["porthole run web -e DEBUG=1 -- env", "with a variable"],
      ["porthole run web --cpu 1024 --memory 4096", "with more of everything"],
      [
        "porthole run web -d -- ./report",
        "left to itself; prints the task's id",
      ],
      [
        "porthole run web -d --wait -- ./report",
        "and its container's status is porthole's",
      ],
    ],
    notes: [
      "TARGET is a service, or cluster/service. The task has its task " +
      "definition, network, and launch type or capacity providers; it gets no " +
      "requests, and a service does not count it.",
      "The container is held open by a command of porthole's; yours runs in it " +
      "as with exec, with its streams and its status. However that ends, the " +
      "task is stopped then: also by Ctrl-C, while it starts too, and by TERM " +
      "or a lost connection. Should porthole itself be killed, the task ends " +
      "after --max-duration.",
      "With -d there is no session: the command becomes the container's own " +
      "(without one the container runs what it always does), and its output " +
      "goes where the service's goes.",
      "With -d, -o json is one object: cluster, service, region, " +
      "task_definition, container, command, tasks, of which each has id, " +
      "status, exit_code, stop_code and stopped_reason, and status, started_at " +
      "and ended_at. What is not known is null. An error is under error.",
      "ECS Exec is turned on for the task unless ECSExec is No. Then a session " +
      "goes through Docker, and on Fargate there is none.",
      "An image whose ENTRYPOINT does not run the words it is given cannot be " +
      "held open; --replace-entrypoint registers a copy of the task definition " +
      "without it, and deregisters it in the end.",
      "AWS records -e and the command with all that is in it.",
    ],
  },
  tasks: {
    parse: parseTasks,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "list tasks, and how exec would reach each of their containers",
    examples: [
      ["porthole tasks", 'the running tasks of the cluster "default"'],
      ["porthole tasks web", 'those of the service "web"'],
      ["porthole tasks prod/web --all", "and those that stopped, and why"],
      ["porthole tasks web -o json", "all that is known of them, for programs"],
      ["porthole tasks -o tsv | cut -f1", "a line for each container"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its " +
      "ARN. Without one the service is that of the flags, the environment or " +
      "the configuration file, and without that it is all tasks of the cluster.",
      "ROUTE is the way that exec would take to the container: ecs-exec, " +
      'docker, or none, with its reason ("porthole help routing"). Columns that ' +
      "the terminal has no room for are left out, and ids are cut to what tells " +
      "them apart; elsewhere nothing is cut.",
      "-o json is one object: cluster, service, region, and tasks, of which " +
      "each has id, arn, service, status, desired_status, health, created_at, " +
      "started_at, stopped_at, stop_code, stopped_reason, launch_type, " +
      "capacity_provider, platform_version, availability_zone, " +
      "container_instance, task_definition, execute_command_enabled and " +
      "containers, of which each has name, status, health, runtime_id, " +
      "exit_code, reason, agent {status, reason, started_at} and route {kind, " +
      "because}. What is not known is null. An error is under error.",
      "-o tsv begins with a line that names its columns, and then has a line " +
      "for each container. Columns are only ever added, at the end.",
    ],
  },
  status: {
    parse: parseStatus,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "show a service: its deployments, ECS Exec, its last events",
    examples: [
      ["porthole status web", 'the service "web"'],
      ["porthole status prod/web --watch", "again and again, until Ctrl-C"],
      ["porthole status web --events 20", "more of what has happened"],
      ["porthole status web -o json", "the same for programs"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task, for the service that " +
      "started it. Without it the service comes from the flags, the environment " +
      "or the configuration file, and on a terminal you can choose.",
      "A task has ECS Exec if its service had it when the task was started: " +
      'those that "predate it" do not.',
      "-o json is one object: cluster, service, arn, region, status, desired, " +
      "running, pending, task_definition, launch_type, " +
      "capacity_provider_strategy, platform_version, deployment_controller, " +
      "circuit_breaker, execute_command_enabled, tasks_with_exec and " +
      "tasks_without_exec (those that run), created_at, deployments, of which " +
      "each has id, status, task_definition, desired, running, pending, failed, " +
      "rollout_state, rollout_state_reason, created_at and updated_at, and " +
      "events {id, at, message}. What is not known is null. An error is under " +
      "error.",
      "--watch redraws the screen where stdout is a terminal. Elsewhere it " +
      "prints what has changed: the whole text again, or with -o json another " +
      "line with an object. What may pass, such as a lost connection, does not " +
      "end it. Ctrl-C does, with 130.",
    ],
  },
  "enable-exec": {
    parse: parseEnableExec,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "turn ECS Exec on for a service, and replace its tasks",
    examples: [
      ["porthole enable-exec web", "asks, deploys, and follows the rollout"],
      ["porthole enable-exec prod/web --yes", "without a question"],
      ["porthole enable-exec web --no-wait", "leaves once it is under way"],
    ],
    notes: [
      "TARGET is a service or cluster/service. Without it the service comes from " +
      "the flags, the environment or the configuration file, and on a terminal " +
      "you can choose.",
      "A task has ECS Exec if it was started with it. So the service is " +
      "deployed anew, by its own deployment settings: new tasks start, and the " +
      "old ones stop once these run. Nothing is changed before you have said " +
      "yes; what would keep ECS Exec from working is said first. Where every " +
      "running task has it, nothing is done.",
      "It is done when every running task has it and its agent runs. --timeout " +
      "(10m) and Ctrl-C end the following, never the rollout; the same command " +
      "then follows it again.",
      "-o json is one object: action, region, account, cluster, service, " +
      "changed (whether the service was updated), deployment, tasks {desired, " +
      "ready, waiting, starting, left, failed}, remaining (the ids of tasks that " +
      "are not as wanted yet), started_at, ended_at and status. What is not " +
      "known is null. An error is under error.",
    ],
  },
  "disable-exec": {
    parse: parseDisableExec,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "turn ECS Exec off for a service, and replace its tasks",
    examples: [
      ["porthole disable-exec web", "asks, deploys, and follows the rollout"],
    ],
    notes: ["As enable-exec does, the other way round."],
  },
  config: {
    parse: parseConfigShow,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "show [flags]",
    words: ["show"],
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
  completion: {
    parse: parseCompletion,
    statuses: "local",
    writes: false,
    failure: "none",
    usage: "SHELL",
    words: SHELLS,
    summary: "print a completion script for bash, zsh, fish or PowerShell",
    examples: [
      ['eval "$(porthole completion bash)"', "a line for ~/.bashrc"],
      ['eval "$(porthole completion zsh)"', "for ~/.zshrc, after compinit"],
      ["porthole completion fish | source", "for ~/.config/fish/config.fish"],
      [
        "porthole completion powershell",
        "for $PROFILE, with | Out-String | Invoke-Expression",
      ],
    ],
    notes: [
      "It completes verbs, flags and their values, and clusters, services, tasks " +
      "and containers as AWS lists them, with the --config, --cluster, " +
      "--service, --region and --profile typed so far. Nothing is asked for " +
      'longer than 300 ms, no error is shown, and after "--" nothing is completed.',
      "Instead of a line in a start-up file, its output may be saved where the " +
      "shell looks for completions: as porthole in bash-completion's " +
      "completions folder, as _porthole in zsh's $fpath, as porthole.fish in " +
      "~/.config/fish/completions.",
    ],
  },
  version: {
    parse: parseVersion,
    statuses: "local",
    writes: false,
    failure: "none",
    usage: "[--check]",
    summary: "print the version",
    examples: [
      ["porthole version", "the version of this program"],
      ["porthole version --check", "and whether there is a newer one"],
    ],
    notes: [
      "--check makes one request, to the repository's list of releases; " +
      "pre-releases are not offered. porthole never looks for updates of its " +
      "own accord.",
    ],
  },
  help: {
    parse: parseHelp,
    statuses: "local",
    writes: false,
    failure: "none",
    usage: "[TOPIC]",
    words: HELP_TOPICS,
    summary:
      "explain porthole, a verb, the route, the exit statuses, or the error codes",
    examples: [],
    notes: [],
  },
  // What completion scripts ask: no help speaks of it. It keeps a cache.
  __complete: {
    parse: parseComplete,
    statuses: "local",
    writes: true,
    failure: "none",
  },
};

/** The verbs that people type, with what the help says of each. */
export const VERB_HELP: readonly VerbHelp[] = VERB_NAMES.map((name) => ({
  name,
  ...VERBS[name],
}));
