/** Values of `--via` and `exec.route`. */
export const ROUTE_CHOICES = ["auto", "ecs-exec", "docker"] as const;
/** One of them. */
export type RouteChoice = typeof ROUTE_CHOICES[number];

/** Values of ECSExec. */
export const ECS_EXEC_CHOICES = ["Yes", "No"] as const;
/** One of them. */
export type EcsExecChoice = typeof ECS_EXEC_CHOICES[number];

/** Values of `--session` and `exec.session`. */
export const SESSION_CHOICES = ["auto", "plugin", "builtin"] as const;
/** One of them. */
export type SessionChoice = typeof SESSION_CHOICES[number];

/** Values of `--pick`. */
export const PICK_CHOICES = ["prompt", "first", "newest", "random"] as const;
/** One of them. */
export type PickChoice = typeof PICK_CHOICES[number];

/** Values of `--prefix`. */
export const PREFIX_CHOICES = ["auto", "never"] as const;
/** One of them. */
export type PrefixChoice = typeof PREFIX_CHOICES[number];

/** Values of `--propagate-tags`: where a task's tags come from, beside `--tags`. */
export const TAG_SOURCES = ["service", "task-definition"] as const;
/** One of them. */
export type TagSource = typeof TAG_SOURCES[number];

/** Values of `--stderr`. */
export const STDERR_CHOICES = ["merge", "split"] as const;
/** One of them. */
export type StderrChoice = typeof STDERR_CHOICES[number];

/** Values of `--output`. */
export const OUTPUT_FORMATS = ["text", "json"] as const;
/** One of them. */
export type OutputFormat = typeof OUTPUT_FORMATS[number];

/** Values of `--output` with `tasks`. */
export const TASKS_OUTPUTS = ["table", "wide", "json", "tsv"] as const;
/** One of them. */
export type TasksOutput = typeof TASKS_OUTPUTS[number];

/** Values of `--log-format`. */
export const LOG_FORMATS = ["text", "json"] as const;
/** One of them. */
export type LogFormat = typeof LOG_FORMATS[number];

/** Values of `--color`. */
export const COLOR_CHOICES = ["auto", "always", "never"] as const;
/** One of them. */
export type ColorChoice = typeof COLOR_CHOICES[number];

/** Values of `--handoff`: to whom a rack hands sessions off. */
export const HANDOFF_CHOICES = ["porthole", "always", "never"] as const;
/** One of them. */
export type HandoffChoice = typeof HANDOFF_CHOICES[number];
