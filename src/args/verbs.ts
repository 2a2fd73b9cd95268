import type { StatusRules } from "../exit_status.ts";
import { type HiddenVerb, type Verb, VERB_NAMES } from "./flags.ts";
import { HELP_TOPICS } from "./help_topics.ts";
import type { Invocation } from "./invocation.ts";
import { parseComplete } from "./parse_complete.ts";
import { parseCompletion } from "./parse_completion.ts";
import { parseCopy } from "./parse_copy.ts";
import { parseConfigShow } from "./parse_config_show.ts";
import { parseDoctor } from "./parse_doctor.ts";
import { parseExec } from "./parse_exec.ts";
import { parseDisableExec, parseEnableExec } from "./parse_exec_switch.ts";
import { parseForward } from "./parse_forward.ts";
import { parseHelp } from "./parse_help.ts";
import { parseLogs } from "./parse_logs.ts";
import { parsePlugin, PLUGIN_WORDS } from "./parse_plugin.ts";
import { parseRack, RACK_WORDS } from "./parse_rack.ts";
import { parseRun } from "./parse_run.ts";
import { parseStatus } from "./parse_status.ts";
import { parseStop } from "./parse_stop.ts";
import { parseTasks } from "./parse_tasks.ts";
import { parseVersion } from "./parse_version.ts";
import type { FlagSources } from "./read_flags.ts";
import type { Words } from "./read_words.ts";
import { SHELLS } from "./shells.ts";

/** What the program needs to know about a verb before loading it. */
export interface VerbRules {
  /** A mistake is a PortholeError "usage". */
  readonly parse: (words: Words, sources: FlagSources) => Invocation;
  readonly statuses: StatusRules;
  /**
   * Whether the verb may write: results, a unix socket's connection, a cache, a renewed SSO token.
   * The other verbs drop the permission.
   */
  readonly writes: boolean;
  /** What `-o json` prints for a failure before the verb has begun. */
  readonly failure: "result" | "error" | "none";
}

/** What the help says about a verb. */
export interface HelpText {
  /** What follows the verb on a command line. */
  readonly usage: string;
  /** The words that may follow the verb, where there are only a few. */
  readonly words?: readonly string[];
  readonly summary: string;
  /** Command lines with what they do, the commonest first. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Paragraphs below the usage. */
  readonly notes: readonly string[];
  /** Paragraphs that only the man page has room for. */
  readonly details?: readonly string[];
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
      ["porthole exec web -i -- psql < a.sql", "standard input is streamed"],
    ],
    notes: [
      "TARGET is a service, cluster/service, task id or ARN; the rest is asked " +
      "for on a terminal. AWS records the command, but not the values of --env.",
    ],
    details: [
      "Without TARGET the service comes from the flags, the environment or the " +
      'configuration file. A service named without a cluster is looked for in "default".',
      "On a terminal, porthole asks for whatever is not given: cluster, service, " +
      "task. Answer with a number, a name, or text that narrows the list (as in " +
      "fzf: ^web, 'api, !canary). An empty answer goes back one step. If there " +
      "is only one candidate, it is used without asking; --pick prompt asks for " +
      "the container too.",
      "Without a command, on a terminal, porthole opens a shell.",
      "--filter-command names a program that reads the candidates on its stdin; " +
      "the first field of its answer is used.",
      "CloudTrail and the cluster's audit log record the whole command. The " +
      "values of --env are not part of it: they go through the session.",
      "By default the command's stderr arrives with its stdout through ECS Exec, " +
      "and on its own through Docker. --stderr split has costs: output is no " +
      "longer interleaved in order, the command's stderr is not a terminal, and " +
      "the container needs base64 and dd.",
      "-o json and --result report failures too, with the error in the object.",
      "--record writes an interactive session to a file that asciinema plays: " +
      "output and sizes, with --record-input the keys too. The built-in client " +
      "is then used, and the file is for you alone.",
      "With --all the command runs in every running task of the service, with " +
      "--all -A in every one of the cluster (TARGET is then CLUSTER/). Each line " +
      "of output is written whole, after the start of the task's id. The exit " +
      "status is 0 if it is 0 in all tasks, that of those that failed if they " +
      "agree (125 where porthole failed), else 1. -o json is one object: " +
      "results, with one such object for each task, and status.",
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
      ["porthole run web -- ./migrate up", "one command in its own task"],
      ["porthole run web", "a shell in a task that serves no traffic"],
      ["tar c . | porthole run web -- tar t", "standard input is streamed"],
      ["porthole run web -e DEBUG=1 -- env", "with a variable"],
      ["porthole run web --cpu 1024 --memory 4096", "with more CPU and memory"],
      [
        "porthole run web -d -- ./report",
        "in the background; prints the task's id",
      ],
      [
        "porthole run web -d --wait -- ./report",
        "wait for it, and exit with its container's status",
      ],
    ],
    notes: [
      "TARGET is a service, or cluster/service. The task uses the service's task " +
      "definition, network, and launch type or capacity providers; it gets no " +
      "load-balancer traffic, and the service does not count it.",
      "porthole keeps the container open with a command of its own, and runs " +
      "yours in it as exec does. The task is stopped when yours has ended, and " +
      "after Ctrl-C (even while it is starting), TERM or a lost connection. If " +
      "porthole itself is killed, the task ends after --max-duration.",
      "With -d there is no session: the command becomes the container's main " +
      "command (without one, its default command runs), and its output goes " +
      "where the service's goes.",
      "AWS records the command and the values of --env: keep secrets out of both.",
    ],
    details: [
      "With -d, -o json is one object: cluster, service, region, account, profile, " +
      "task_definition, container, command, tasks (each with id, status, " +
      "exit_code, stop_code and stopped_reason), status, started_at and " +
      "ended_at. Unknown values are null. An error is under error.",
      "ECS Exec is turned on for the task unless ECSExec is No. In that case a " +
      "session goes through Docker, and there is none on Fargate.",
      "If an image's ENTRYPOINT does not run the words it is given, its " +
      "container cannot be kept open; --replace-entrypoint registers a copy of " +
      "the task definition without it, and deregisters the copy afterwards.",
    ],
  },
  forward: {
    parse: parseForward,
    statuses: "remote",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET] [LOCAL:][HOST:]PORT... [-- COMMAND [ARG...]]",
    summary: "forward local ports to a container, or to what its task reaches",
    examples: [
      ["porthole forward web 8080:80", "localhost:8080 is port 80 of a task"],
      ["porthole forward web 5432", "the same port on both sides"],
      [
        "porthole forward web 5432:db.internal:5432",
        "a database that the task reaches",
      ],
      [
        "porthole forward web 0:db.internal:5432 -- psql -h 127.0.0.1 -p {port}",
        "any free port, for as long as a program runs",
      ],
      ["porthole forward web 8080:80 --follow", "deployments do not end it"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its " +
      "ARN; without it, the task is found as by exec. Without a command, ports stay open until Ctrl-C. With one, the " +
      "exit status is the command's; {port} in its words and PORTHOLE_PORT in " +
      "its environment are the first local port ({port_2} and PORTHOLE_PORT_2 " +
      "the second).",
      "Through ECS Exec each port is a session of its own, in another " +
      "container of the task. Sessions of Session Manager need " +
      "ssm:StartSession; ecs:ExecuteCommand does not include it. Traffic is " +
      "not logged by AWS.",
      "Through Docker, ports of the container itself can be forwarded, over " +
      "a unix:// or ssh:// daemon.",
    ],
    details: [
      "-o json prints one object once the ports are open: cluster, service, " +
      "task, region, route {kind, because}, and ports, each with address, " +
      "local, host, port and container. Unknown values are null. An error is " +
      "under error.",
      "While the command runs, Ctrl-C goes to the command alone. If a session " +
      "is lost meanwhile, a line says so, and the exit status is 125 if the " +
      "command's is 0.",
      "Session Manager cannot say that one side of a connection has ended: an " +
      "answer is waited for until nothing has come for a minute. An agent " +
      "resolves HOST once, when the session starts.",
    ],
  },
  cp: {
    parse: parseCopy,
    statuses: "remote",
    writes: true,
    failure: "result",
    usage: "[flags] SRC... DST",
    summary: "copy files out of a container, or into it",
    examples: [
      [
        "porthole cp web:/etc/nginx/nginx.conf .",
        "a file, into this directory",
      ],
      ["porthole cp web:/var/log logs", "a directory"],
      ["porthole cp app.conf fix.sql prod/web:/tmp", "two files, into it"],
      ["porthole cp web:/tmp/dump.sql - | psql", "to standard output"],
      ["pg_dump shop | porthole cp - web:/tmp/dump.sql", "from standard input"],
    ],
    notes: [
      "One side is TARGET:PATH, where TARGET is a service, cluster/service, or a " +
      'task; ":PATH" is in the configured service. A word that begins with "." ' +
      'or "/" is a path here. Directories are copied with all they hold. DST ' +
      "follows the rules of cp -r: a directory that is there gets the sources " +
      'under their names, anything else is the new name. "-" is the bytes of ' +
      "one file on standard input or output.",
      "A file gets its name only once all of it has arrived. Modes and times are " +
      "kept, owners with --preserve. Files that cannot be copied are reported, " +
      "the others are copied, and the exit status is 1.",
    ],
    details: [
      "The container needs sh, cat, wc, tail, dd and mv; tar for directories and " +
      "for several files at once. What can be compressed is, if it has gzip.",
      "Links named as SRC are followed, links inside a directory are copied as " +
      "links. Out of a container nothing is written outside DST, or through a " +
      "link; devices and pipes are left out.",
      "-o json and --result have the keys of exec, and files (how many were " +
      "copied) and skipped (path and reason of each that was not, up to 1000).",
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
      ["porthole tasks web", 'tasks of the service "web"'],
      [
        "porthole tasks prod/web --all",
        "stopped tasks too, and why they stopped",
      ],
      ["porthole tasks web -o json", "everything that is known, for scripts"],
      ["porthole tasks -o tsv | cut -f1", "one line per container"],
      ["porthole tasks web --watch", "refreshed until Ctrl-C"],
      ["porthole tasks --filter unhealthy", "only tasks like that"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its " +
      "ARN. Without one, the service comes from the flags, the environment or " +
      "the configuration file; if none is set, or with --all-services, all " +
      "tasks of the cluster are listed.",
      "ROUTE is how exec would reach the container: ecs-exec, docker, or none, " +
      'with the reason ("porthole help routing"). On a terminal, columns that ' +
      "do not fit are left out and ids are shortened; elsewhere nothing is " +
      "cut, unless COLUMNS is exported.",
      "-o wide shows every column: zone, instance, private address. -o tsv " +
      "starts with a line of column names, followed by one line per container. " +
      "New columns are only ever added at the end. With --watch, -o json is a " +
      "line for each change.",
    ],
    details: [
      "-o json is one object: cluster, service, region, account, profile, and " +
      "tasks, each with id, arn, service, status, desired_status, health, created_at, " +
      "started_at, stopped_at, stop_code, stopped_reason, launch_type, " +
      "capacity_provider, platform_version, availability_zone, " +
      "container_instance, task_definition, execute_command_enabled, private_ip and " +
      "containers, each with name, status, health, runtime_id, exit_code, " +
      "reason, agent {status, reason, started_at} and route {kind, because}. " +
      "Unknown values are null. An error is under error.",
    ],
  },
  status: {
    parse: parseStatus,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "show a service: its deployments, ECS Exec, its latest events",
    examples: [
      ["porthole status web", 'the service "web"'],
      ["porthole status prod/web --watch", "refreshed until Ctrl-C"],
      ["porthole status web --events 20", "more events"],
      ["porthole status web -o json", "for scripts"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task (which stands for the " +
      "service that started it). Without it, the service comes from the flags, " +
      "the environment or the configuration file, and on a terminal you can " +
      "choose.",
      "A task has ECS Exec if its service had it when the task was started; " +
      "older tasks do not.",
      "On a terminal, --watch redraws the screen. Elsewhere it prints what has " +
      "changed: the whole text again, or with -o json one more line with an " +
      "object. Transient failures, such as a lost connection, do not end it. " +
      "Ctrl-C does, with 130.",
    ],
    details: [
      "-o json is one object: cluster, service, arn, region, account, profile, " +
      "status, desired, " +
      "running, pending, task_definition, launch_type, " +
      "capacity_provider_strategy, platform_version, deployment_controller, " +
      "circuit_breaker, execute_command_enabled, tasks_with_exec and " +
      "tasks_without_exec (running tasks only), created_at, deployments (each " +
      "with id, status, task_definition, desired, running, pending, failed, " +
      "rollout_state, rollout_state_reason, created_at and updated_at), and " +
      "events {id, at, message}. Unknown values are null. An error is under " +
      "error.",
    ],
  },
  logs: {
    parse: parseLogs,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "show what containers have written to CloudWatch Logs",
    examples: [
      ["porthole logs web", "the last 10 minutes of all tasks of the service"],
      ["porthole logs web -f", "new lines as they come, of new tasks too"],
      ["porthole logs web -n 100 -f", "the last 100 lines first"],
      ["porthole logs web --previous", "of tasks that have stopped"],
      ["porthole logs web --since 2h --grep 'timeout|refused'", "what matches"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its " +
      "ARN. Without it, the service comes from the flags, the environment or " +
      "the configuration file, and on a terminal you can choose.",
      "Logs are read where the task definition's awslogs options say. The lines " +
      "of several tasks are in the order of their time, each behind the start " +
      "of its task's id; followed, they are shown as they arrive.",
      "If no task is running, the logs of tasks that have stopped within the " +
      "last hour are shown. With --service, --task-id with a whole id also finds " +
      "the logs of a task that ECS has forgotten.",
    ],
    details: [
      "-o json is one object a line: time, task, container, message, log_group, " +
      "log_stream, ingested_at and event_id.",
      "Followed, an event is shown once, also if CloudWatch gets it up to two " +
      "minutes late. If reading fails for a while, it goes on where it stopped. " +
      "Following one task ends with the task, 30 seconds after it has stopped.",
    ],
  },
  stop: {
    parse: parseStop,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] TASK...",
    summary: "stop tasks",
    examples: [
      ["porthole stop 1a2b3c4d5e6f", "asks, and stops the task"],
      ["porthole stop 1a2b3c4d5e6f --wait", "returns once it has stopped"],
      ["porthole stop 1a2b 9f8e --yes --reason 'stuck'", "without asking"],
    ],
    notes: [
      "TASK is a task's id, the start of it, its ARN or private IP. A service starts " +
      "another task in the place of one of its own.",
      "The containers get TERM, and KILL after the stop timeout of the task " +
      "definition (30 seconds by default).",
    ],
    details: [
      "-o json is one object: region, account, cluster, tasks (each with id, " +
      "service, state, which is STOPPING, STOPPED or FAILED, exit_codes by " +
      "container, and error where it failed), and status.",
    ],
  },
  doctor: {
    parse: parseDoctor,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "[flags] [TARGET]",
    summary: "find out why exec does not work, and what to do about it",
    examples: [
      ["porthole doctor web", "everything about one service"],
      ["porthole doctor prod/web -c sidecar", "another cluster and container"],
      ["porthole doctor web --no-probe", "only look; open no session"],
      ["porthole doctor", "what concerns no service: who you are, the cluster"],
      ["porthole doctor web -o json", "for scripts"],
    ],
    notes: [
      "TARGET is a service, cluster/service, or a task: its whole id or its " +
      "ARN. Without it, the service comes from the flags, the environment or " +
      "the configuration file. Of a service's tasks, one is looked at closely: " +
      "the first with ECS Exec, and of these the first whose agent is not " +
      "running.",
      "Each check is ok, warn, fail or unknown. Problems come first, each with " +
      "its evidence and what to do. What you may not look at is unknown, with " +
      "the permission that is missing; nothing is changed.",
      'The last check is a session that runs "true" in the container. It is ' +
      "left out with --no-probe, and where somebody has a session open there. " +
      "Over a rack only the rack is checked.",
      "The exit status is 0 if nothing failed, and identity, task and agent " +
      "could be checked; else 1.",
    ],
    details: [
      "-o json is one object: checks, each with id, title, status (ok, warn, " +
      "fail or unknown), evidence, remedy and link, and status, the exit " +
      "status. Remedy and link are null where there is none. An error is under " +
      "error.",
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
      ["porthole enable-exec prod/web --yes", "without asking"],
      [
        "porthole enable-exec web --no-wait",
        "returns once the deployment has started",
      ],
    ],
    notes: [
      "TARGET is a service or cluster/service. Without it, the service comes " +
      "from the flags, the environment or the configuration file, and on a " +
      "terminal you can choose.",
      "A task has ECS Exec only if it was started with it. So the service is " +
      "redeployed with its own deployment settings: new tasks start, and the " +
      "old ones stop once the new ones run. Nothing changes before you say " +
      "yes; anything that would keep ECS Exec from working is reported first. " +
      "If every running task already has it, nothing is done.",
      "The command succeeds when every running task has ECS Exec and its agent " +
      "is running. --timeout and Ctrl-C end the watching, never the rollout; " +
      "the same command follows it again.",
    ],
    details: [
      "-o json is one object: action, region, account, profile, cluster, service, " +
      "changed (whether the service was updated), deployment, tasks {desired, " +
      "ready, waiting, starting, left, failed}, remaining (the ids of tasks " +
      "that have not been replaced yet), started_at, ended_at and status. " +
      "Unknown values are null. An error is under error.",
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
    notes: ["Works like enable-exec, in reverse."],
  },
  rack: {
    parse: parseRack,
    statuses: "local",
    writes: true,
    failure: "none",
    usage:
      "login|list|use|logout|show|params|update|serve|user [ARG...] [flags]",
    words: RACK_WORDS,
    summary: "log in to racks, and change their parameters",
    examples: [
      [
        "porthole rack login rack.example.com --name prod",
        "asks for the token, and stores it",
      ],
      ["porthole exec --rack prod myapp/web", "a shell, through the rack"],
      ["porthole rack use prod", "the rack of the next commands"],
      ["porthole rack params", "the parameters of the rack"],
      ["porthole rack params set ECSExec=Yes", "changes one"],
      ["porthole rack update 20261005214736 --wait", "another version"],
      [
        "porthole rack serve --clusters prod --users ssm:/rack/users --behind-balancer",
        "a rack of your own",
      ],
      [
        "porthole rack user add ann --allow exec:prod/web --users ssm:/rack/users",
        "prints a token for it, once",
      ],
    ],
    notes: [
      "A rack stands between people and AWS: it has the AWS permissions, and " +
      "you have its address and a token. Convox's version 2 racks are " +
      "supported.",
      '"rack use" is only for "rack show", "params", "update" and "logout". ' +
      "Sessions go through a rack only with --rack, PORTHOLE_RACK or exec.rack " +
      "in the configuration.",
      "A login is stored in porthole/racks in $XDG_CONFIG_HOME or ~/.config, " +
      "for you alone. A name that is not found there is looked for in the " +
      "settings of Convox's own command line.",
      '"rack serve" is a rack: its apps are the clusters, and it uses the AWS ' +
      "credentials and the region found as by other commands; --config names a " +
      "file for Docker's settings, and none is looked for. It writes who did " +
      'what to stdout, a JSON line each. "rack user" needs AWS credentials for ' +
      "ssm:, never a rack.",
    ],
  },
  plugin: {
    parse: parsePlugin,
    statuses: "local",
    writes: true,
    failure: "none",
    usage: "install [flags]",
    words: PLUGIN_WORDS,
    summary: "stand in for session-manager-plugin, for the AWS CLI and others",
    examples: [
      ["porthole plugin install", "a link beside porthole itself"],
      ["porthole plugin install --dir ~/bin", "in another folder of PATH"],
    ],
    notes: [
      "Called by the name session-manager-plugin, porthole carries what the " +
      "AWS CLI and other programs need AWS's plugin for: shells, commands, " +
      "forwarded ports, and ssh through Session Manager. The link gives it " +
      "that name; remove it to undo that.",
      "Where AWS's own plugin is installed nothing is done without --force. " +
      "exec never takes such a link for AWS's plugin unless --session plugin " +
      "asks for it.",
    ],
  },
  config: {
    parse: parseConfigShow,
    statuses: "local",
    writes: true,
    failure: "error",
    usage: "show [flags]",
    words: ["show"],
    summary: "show the settings in effect, and where each comes from",
    examples: [
      ["porthole config show", "every setting with its source"],
      ["porthole config show -o json", "for scripts"],
      ["porthole config show --config prod.yml", "for another file"],
    ],
    notes: [
      "In order of precedence: flags, PORTHOLE_* variables, the project's file " +
      "(ecspresso.yml), your own file (porthole/config.yml in " +
      "$XDG_CONFIG_HOME or ~/.config), the machine's file " +
      "(/etc/porthole/config.yml), the AWS configuration. On Windows your own " +
      "file is in %APPDATA%, and the machine's in %ProgramData%.",
      "A value that a template reads from the Parameter Store is not shown.",
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
        "for $PROFILE, with | Out-String | Invoke-Expression; not tried yet",
      ],
    ],
    notes: [
      "The script completes commands, flags and their values, and clusters, " +
      "services, tasks and containers as AWS lists them, using the --config, " +
      "--cluster, --service, --region and --profile typed so far. If AWS takes " +
      "longer than 300 ms, press Tab again. Errors are not shown, and nothing " +
      'is completed after "--".',
      "Instead of a line in a start-up file, the output can be saved where the " +
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
      "pre-releases are not offered. porthole never checks for updates on its " +
      "own.",
    ],
  },
  help: {
    parse: parseHelp,
    statuses: "local",
    writes: false,
    failure: "none",
    usage: "[TOPIC]",
    words: HELP_TOPICS,
    summary: "show the help for a command or topic",
    examples: [],
    notes: [],
  },
  // Called by completion scripts, and absent from the help. It keeps a cache.
  __complete: {
    parse: parseComplete,
    statuses: "local",
    writes: true,
    failure: "none",
  },
};

/** The verbs that people type, with what the help says about each. */
export const VERB_HELP: readonly VerbHelp[] = VERB_NAMES.map((name) => ({
  name,
  ...VERBS[name],
}));
