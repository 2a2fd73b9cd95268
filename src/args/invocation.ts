import type {
  ColorChoice,
  EcsExecChoice,
  LogFormat,
  OutputFormat,
  PickChoice,
  PrefixChoice,
  RouteChoice,
  SessionChoice,
  StderrChoice,
  TagSource,
  TasksOutput,
} from "../choices.ts";
import type { LogTime } from "../log_time.ts";
import type { Setting } from "../setting.ts";
import type { HelpTopic } from "./help_topics.ts";
import type { PortWord } from "./parse_port.ts";
import type { RackServeAction, RackUserAction } from "./rack_server.ts";
import type { Shell } from "./shells.ts";

/**
 * The flags every verb takes, after flags, `PORTHOLE_*` and ecspresso's variables are laid over each other.
 *
 * A TARGET is folded in: its parts appear as `cluster`, `service`, `region` with the source "target".
 */
export interface SharedFlags {
  readonly config?: Setting<string>;
  /** Files of variables for the templates of the configuration, the one that wins last. */
  readonly envFiles?: Setting<readonly string[]>;
  /** External variables of a Jsonnet configuration: texts, and Jsonnet. */
  readonly extStr?: ReadonlyMap<string, string>;
  readonly extCode?: ReadonlyMap<string, string>;
  readonly cluster?: Setting<string>;
  readonly service?: Setting<string>;
  readonly region?: Setting<string>;
  readonly profile?: Setting<string>;
  /** NAME, URL or "none". Of the variable, a URL may hold a password. */
  readonly rack?: Setting<string>;
  /** Milliseconds; 0 means no limit. */
  readonly timeoutMs?: Setting<number>;
  readonly logFormat: LogFormat;
  readonly color: ColorChoice;
  readonly debug: boolean;
  readonly quiet?: Setting<boolean>;
  readonly noInput: boolean;
}

/** A variable for the remote command. */
export interface EnvironmentEntry {
  readonly name: string;
  readonly value: string;
}

/** What to run: exact words, a shell line, or nothing (an interactive shell). */
export type RemoteCommand =
  | {
    readonly kind: "argv";
    readonly argv: readonly [string, ...string[]];
    /** What logs and results call it, where the words are not the user's. */
    readonly shown?: string;
  }
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "shell" };

/** Which task was asked for: a whole id skips the listing, all else must match one task of it. */
export type TaskSelector =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "prefix"; readonly prefix: string }
  /** The task's private IPv4 address, or its instance's. */
  | { readonly kind: "ip"; readonly ip: string };

/** What `exec` and `run` have in common: a session in a container. */
export interface SessionInvocation {
  readonly shared: SharedFlags;
  readonly container?: string;
  readonly command: RemoteCommand;
  /** `-i` was typed. */
  readonly interactive: boolean;
  /** `-t` was typed. */
  readonly tty: boolean;
  /** `-n` was typed. */
  readonly noStdin: boolean;
  /** What chooses in place of our own picker: a program, or with a space in it a shell line. */
  readonly filterCommand?: string;
  /** Only from `--via` or PORTHOLE_VIA. */
  readonly via?: Setting<RouteChoice>;
  /** Only from `--ecs-exec`. */
  readonly ecsExec?: Setting<EcsExecChoice>;
  /** Only from `--session` or PORTHOLE_SESSION. */
  readonly session?: Setting<SessionChoice>;
  /** Milliseconds; 0 means no limit. */
  readonly agentTimeoutMs: number;
  readonly noShell: boolean;
  readonly dryRun: boolean;
  readonly output: OutputFormat;
  /** The file for the result object. */
  readonly result?: string;
  /** The file for a recording of the session, and whether keys are in it. */
  readonly record?: { readonly path: string; readonly input: boolean };
  /** Absent: every byte is kept where stdout is no terminal. */
  readonly binary?: boolean;
  /** Absent: as the route has it, apart through Docker and merged through ECS Exec. */
  readonly stderr?: StderrChoice;
  /** Absent: interactive sessions are kept alive. */
  readonly keepAlive?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  /** Secret, as far as our own logs go. */
  readonly env: readonly EnvironmentEntry[];
  /** Files with more variables; what was typed wins. */
  readonly variableFiles?: readonly string[];
  /** For Docker only. */
  readonly privileged: boolean;
  /** What cannot carry stdin, or report a status, is refused. */
  readonly lossless?: boolean;
}

/** A session in a container of a task that runs. */
export interface TaskInvocation extends SessionInvocation {
  readonly kind: "exec" | "cp";
  readonly task?: TaskSelector;
  /** Only from `--pick` or PORTHOLE_PICK. */
  readonly pick?: Setting<PickChoice>;
  /** How long to wait for a task that runs, in milliseconds; 0 is no limit, absent not at all. */
  readonly waitForTaskMs?: number;
}

/** `porthole exec`, as typed. */
export interface ExecInvocation extends TaskInvocation {
  readonly kind: "exec";
}

/** What is copied: out of a container, or into it. "-" is a standard stream. */
export type Copy =
  | {
    readonly kind: "down";
    /** In the container. */
    readonly sources: readonly string[];
    readonly destination: string;
  }
  | {
    readonly kind: "up";
    readonly sources: readonly string[];
    /** In the container. */
    readonly destination: string;
  };

/** `porthole cp`, as typed; its command is what was typed too. */
export interface CopyInvocation extends TaskInvocation {
  readonly kind: "cp";
  readonly copy: Copy;
  /** Owners are kept, and with them setuid and its like. */
  readonly preserve: boolean;
}

/** `porthole exec --all`, as typed: one command in many tasks, and no stdin for any. */
export interface ExecAllInvocation extends SessionInvocation {
  readonly kind: "exec_all";
  /** Every task of the cluster, whatever service is configured. */
  readonly allServices: boolean;
  /** So many tasks at a time. */
  readonly parallel: number;
  readonly prefix: PrefixChoice;
  readonly failFast: boolean;
  /** The directory for each task's stdout and result. */
  readonly outputDir?: string;
}

/** A tag, as typed. */
export interface TagEntry {
  readonly key: string;
  readonly value: string;
}

/** What becomes of a task that `run` starts. */
export type RunMode =
  /** A session in it, and then its end. */
  | {
    readonly kind: "attached";
    /** Milliseconds after which the task ends by itself. */
    readonly maxDurationMs: number;
    readonly replaceEntryPoint: boolean;
  }
  /** It is left to itself, with the command as its container's own. */
  | {
    readonly kind: "detached";
    readonly count: number;
    readonly wait: boolean;
    /** Whether to show what the tasks write meanwhile. */
    readonly logs: boolean;
  };

/** `porthole run`, as typed; the variables of `--env` are the container's, none the session's. */
export interface RunInvocation extends SessionInvocation {
  readonly kind: "run";
  readonly mode: RunMode;
  readonly taskDefinition?: string;
  readonly revision?: number | "latest";
  readonly cpu?: string;
  readonly memory?: string;
  readonly variables: readonly EnvironmentEntry[];
  readonly overridesFile?: string;
  readonly tags: readonly TagEntry[];
  readonly propagateTags?: TagSource;
}

/** `porthole forward`, as typed. */
export interface ForwardInvocation {
  readonly kind: "forward";
  readonly shared: SharedFlags;
  readonly task?: TaskSelector;
  readonly container?: string;
  /** Only from `--pick` or PORTHOLE_PICK. */
  readonly pick?: Setting<PickChoice>;
  /** Only from `--via` or PORTHOLE_VIA. */
  readonly via?: Setting<RouteChoice>;
  readonly ports: readonly [PortWord, ...PortWord[]];
  /** Where to listen. */
  readonly address: string;
  /** Go on with another task of the service when this one is gone. */
  readonly follow: boolean;
  readonly keepAlive: boolean;
  readonly output: OutputFormat;
  /** A program of this machine to run while the ports are open; it ends them. */
  readonly command?: readonly [string, ...string[]];
}

/** What a task must be like to be listed. */
export type TaskFilter =
  /** It, or one of its containers, fails its health check. */
  | { readonly kind: "unhealthy" }
  /** Its private address. */
  | { readonly kind: "ip"; readonly ip: string }
  | { readonly kind: "tag"; readonly key: string; readonly value: string };

/** `porthole tasks`, as typed. */
export interface TasksInvocation {
  readonly kind: "tasks";
  readonly shared: SharedFlags;
  /** The whole id of the only task to show. */
  readonly taskId?: string;
  /** Only from `--via` or PORTHOLE_VIA. */
  readonly via?: Setting<RouteChoice>;
  /** Only from `--ecs-exec`. */
  readonly ecsExec?: Setting<EcsExecChoice>;
  /** Stopped ones too. */
  readonly all: boolean;
  /** Of every service, though one is configured. */
  readonly allServices: boolean;
  /** Only tasks that all of these are true of. */
  readonly filters: readonly TaskFilter[];
  /** Look again and again. */
  readonly watch: boolean;
  readonly output: TasksOutput;
}

/** `porthole status`, as typed. */
export interface StatusInvocation {
  readonly kind: "status";
  readonly shared: SharedFlags;
  /** The whole id of a task, for the service that started it. */
  readonly taskId?: string;
  /** How many of the last events to show. */
  readonly events: number;
  /** Look again and again. */
  readonly watch: boolean;
  readonly output: OutputFormat;
}

/** `porthole logs`, as typed. */
export interface LogsInvocation {
  readonly kind: "logs";
  readonly shared: SharedFlags;
  readonly task?: TaskSelector;
  readonly container?: string;
  /** Shows what is written from now on, too. */
  readonly follow: boolean;
  readonly since?: LogTime;
  readonly until?: LogTime;
  /** Only so many, the last ones. */
  readonly lines?: number;
  /** A filter pattern of CloudWatch's. */
  readonly pattern?: string;
  /** Shows only what matches. */
  readonly grep?: RegExp;
  /** Of tasks that have stopped, and no others. */
  readonly previous: boolean;
  readonly prefix: PrefixChoice;
  readonly output: OutputFormat;
}

/** `porthole stop`, as typed. */
export interface StopInvocation {
  readonly kind: "stop";
  readonly shared: SharedFlags;
  /** At least one; of those given by a TARGET, whole ids. */
  readonly tasks: readonly TaskSelector[];
  readonly reason?: string;
  readonly yes: boolean;
  /** Whether to wait until they have stopped. */
  readonly wait: boolean;
  readonly output: OutputFormat;
}

/** `porthole doctor`, as typed. */
export interface DoctorInvocation {
  readonly kind: "doctor";
  readonly shared: SharedFlags;
  /** The whole id of the task to look at. */
  readonly taskId?: string;
  readonly container?: string;
  /** Only from `--via` or PORTHOLE_VIA. */
  readonly via?: Setting<RouteChoice>;
  /** Only from `--ecs-exec`. */
  readonly ecsExec?: Setting<EcsExecChoice>;
  /** Only from `--session` or PORTHOLE_SESSION. */
  readonly session?: Setting<SessionChoice>;
  /** Whether to open a session at the end. */
  readonly probe: boolean;
  readonly output: OutputFormat;
}

/** What a shell can ask to complete. */
export type CompletionKind =
  | "profiles"
  | "regions"
  | "clusters"
  | "services"
  | "targets"
  | "tasks"
  | "containers";

/** `porthole __complete`, as a shell's completion script calls it. */
export interface CompleteInvocation {
  readonly kind: "complete";
  readonly shared: SharedFlags;
  readonly candidates: CompletionKind;
  /** The whole id of the task whose containers are meant. */
  readonly taskId?: string;
  /** Of `targets`: what stands before the cursor. */
  readonly prefix: string;
  /** The whole command line, with which the same can be asked again. */
  readonly typed: readonly string[];
}

/** `porthole config show`, as typed. */
export interface ConfigShowInvocation {
  readonly kind: "config_show";
  readonly shared: SharedFlags;
  /** Only from `--via` or PORTHOLE_VIA. */
  readonly via?: Setting<RouteChoice>;
  /** Only from `--ecs-exec`. */
  readonly ecsExec?: Setting<EcsExecChoice>;
  /** Only from `--session` or PORTHOLE_SESSION. */
  readonly session?: Setting<SessionChoice>;
  /** Only from `--pick` or PORTHOLE_PICK. */
  readonly pick?: Setting<PickChoice>;
  readonly output: OutputFormat;
}

/** `porthole enable-exec` or `porthole disable-exec`, as typed. */
export interface ExecSwitchInvocation {
  readonly kind: "exec_switch";
  /** Whether ECS Exec is to be on. */
  readonly enable: boolean;
  readonly shared: SharedFlags;
  readonly yes: boolean;
  /** Whether to follow the deployment. */
  readonly wait: boolean;
  readonly output: OutputFormat;
}

/** What is to be done with racks. */
export type RackAction =
  | {
    readonly kind: "login";
    readonly host: string;
    readonly name?: string;
    /** A file of certificates. */
    readonly ca?: string;
    readonly pin?: string;
    readonly streamHosts: readonly string[];
    readonly tokenStdin: boolean;
  }
  | { readonly kind: "list" }
  | { readonly kind: "use"; readonly name: string }
  | { readonly kind: "logout"; readonly name?: string }
  | { readonly kind: "show"; readonly name?: string }
  /** Shows the parameters, or sets some: as they were typed. */
  | {
    readonly kind: "params";
    readonly set?: readonly string[];
    readonly wait: boolean;
  }
  | {
    readonly kind: "update";
    readonly version: string;
    readonly wait: boolean;
  }
  | RackServeAction
  | RackUserAction;

/** `porthole rack`, as typed. */
export interface RackInvocation {
  readonly kind: "rack";
  readonly shared: SharedFlags;
  readonly action: RackAction;
}

/** `porthole plugin install`, as typed. */
export interface PluginInvocation {
  readonly kind: "plugin_install";
  readonly shared: SharedFlags;
  /** The folder for the link; absent: porthole's own. */
  readonly dir?: string;
  /** Though there is a plugin of AWS's. */
  readonly force: boolean;
}

/** `porthole completion`, as typed. */
export interface CompletionInvocation {
  readonly kind: "completion";
  readonly shared: SharedFlags;
  readonly shell: Shell;
}

/** `porthole version`, as typed. */
export interface VersionInvocation {
  readonly kind: "version";
  readonly shared: SharedFlags;
  /** Whether to look for a newer version. */
  readonly check: boolean;
}

/** `porthole help`, or `--help` behind a verb. */
export interface HelpInvocation {
  readonly kind: "help";
  /** Absent: the overview. */
  readonly topic?: HelpTopic;
}

/** What argv asks for. */
export type Invocation =
  | ExecInvocation
  | ExecAllInvocation
  | CopyInvocation
  | RunInvocation
  | ForwardInvocation
  | TasksInvocation
  | StatusInvocation
  | LogsInvocation
  | StopInvocation
  | DoctorInvocation
  | CompleteInvocation
  | ConfigShowInvocation
  | ExecSwitchInvocation
  | RackInvocation
  | PluginInvocation
  | CompletionInvocation
  | VersionInvocation
  | HelpInvocation;
