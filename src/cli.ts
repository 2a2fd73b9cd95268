import type { Invocation, SharedFlags } from "./args/invocation.ts";
import { parseArgs, verbOf } from "./args/parse_args.ts";
import { wantsJson, wantsJsonLog } from "./args/wants_json.ts";
import type { Report } from "./commands/report.ts";
import { describeVersion } from "./commands/version.ts";
import type { Deps } from "./deps.ts";
import { explainUnknown, messageOf, PortholeError } from "./errors.ts";
import { exitStatusFor, type StatusRules } from "./exit_status.ts";
import type { Log } from "./log.ts";
import {
  formatError,
  formatErrorJson,
  formatErrorObject,
} from "./output/format_error.ts";
import { formatFailure } from "./output/format_result.ts";
import { formatLogLine, type LogLevel } from "./output/format_log_line.ts";

type ErrorStyle = Pick<SharedFlags, "logFormat" | "debug">;

/** Runs one command line; resolves with its exit status and never rejects. */
export async function run(
  argv: readonly string[],
  deps: Deps,
): Promise<number> {
  const verb = verbOf(argv);
  if (verb === "__complete") return await answerShell(argv, deps);
  const rules: StatusRules = verb === "exec" || verb === "run"
    ? "remote"
    : "local";
  let style: ErrorStyle = {
    logFormat: wantsJsonLog(argv, deps.env) ? "json" : "text",
    debug: false,
  };
  let report: Report;
  try {
    const invocation = parseArgs(argv, deps.env);
    if (invocation.kind !== "help") style = invocation.shared;
    report = await runInvocation(invocation, deps);
  } catch (thrown) {
    const error = explainUnknown(thrown);
    const status = exitStatusFor(error.code, rules);
    report = {
      ...(wantsJson(argv) ? tellFailure(verb, error, status) : {}),
      error,
      status,
    };
  }
  return await print(report, { style, rules, deps });
}

/** A shell waits 300 ms at most while somebody types; the rest goes into the program's start and end. */
const COMPLETION_LIMIT_MS = 250;

/** Whoever types is not to be told of anything: what cannot be completed is nothing. */
async function answerShell(
  argv: readonly string[],
  deps: Deps,
): Promise<number> {
  try {
    const { stdout } = await runInvocation(parseArgs(argv, deps.env), deps);
    await deps.stdout.write(new TextEncoder().encode(stdout));
  } catch {
    // There is nobody to tell.
  }
  return 0;
}

/** `-o json` has its one object on failure too. */
function tellFailure(
  verb: ReturnType<typeof verbOf>,
  error: PortholeError,
  status: number,
): Pick<Report, "stdout"> {
  switch (verb) {
    case "exec":
    case "run":
      return { stdout: formatFailure(error, status) };
    case "tasks":
    case "status":
    case "config":
    case "enable-exec":
    case "disable-exec":
      return { stdout: formatErrorObject(error) };
    default:
      return {};
  }
}

async function runInvocation(
  invocation: Invocation,
  deps: Deps,
): Promise<Report> {
  switch (invocation.kind) {
    case "help":
      return { stdout: invocation.text, status: 0 };
    case "version": {
      if (!invocation.check) {
        return { stdout: `${describeVersion()}\n`, status: 0 };
      }
      const { checkVersion } = await import("./commands/check_version.ts");
      return await checkVersion(deps, createLog(invocation.shared, deps));
    }
    case "completion": {
      const { completion } = await import("./commands/completion.ts");
      return completion(invocation);
    }
    case "tasks": {
      const { listTasks } = await import("./commands/tasks.ts");
      const log = createLog(invocation.shared, deps);
      return await listTasks(invocation, deps, log);
    }
    case "status": {
      const { showStatus } = await import("./commands/status.ts");
      const log = createLog(invocation.shared, deps);
      return await showStatus(invocation, deps, log);
    }
    case "config_show": {
      const { showConfig } = await import("./commands/show_config.ts");
      const log = createLog(invocation.shared, deps);
      return await showConfig(invocation, deps, log);
    }
    case "complete": {
      const { complete } = await import("./commands/complete.ts");
      const limitMs = Math.max(0, COMPLETION_LIMIT_MS - performance.now());
      const stdout = await complete(invocation, limitMs, deps);
      return { stdout, status: 0 };
    }
    case "exec_switch": {
      const { cancelOnSignal } = await import("./commands/cancel_on_signal.ts");
      const cancellation = await cancelOnSignal(deps);
      const { switchExec } = await import("./commands/switch_exec.ts");
      const log = createLog(invocation.shared, deps);
      return await switchExec(invocation, cancellation, log);
    }
    case "exec": {
      // Before the rest, which takes its time to load.
      const { cancelOnSignal } = await import("./commands/cancel_on_signal.ts");
      const cancellation = await cancelOnSignal(deps);
      const { exec } = await import("./commands/exec.ts");
      const log = createLog(invocation.shared, deps);
      return await exec(invocation, cancellation, log);
    }
    case "run": {
      // Before the rest, which takes its time to load.
      const { cancelOnSignal } = await import("./commands/cancel_on_signal.ts");
      const cancellation = await cancelOnSignal(deps);
      const { run } = await import("./commands/run.ts");
      const log = createLog(invocation.shared, deps);
      return await run(invocation, cancellation, log);
    }
  }
}

/** The one place that prints what a verb reports; resolves with the exit status. */
async function print(
  { stdout, error, status }: Report,
  { style, rules, deps }: {
    readonly style: ErrorStyle;
    readonly rules: StatusRules;
    readonly deps: Pick<Deps, "stdout" | "stderr">;
  },
): Promise<number> {
  if (error !== undefined) printError(error, style, deps);
  if (stdout === undefined) return status;
  try {
    await deps.stdout.write(new TextEncoder().encode(stdout));
    return status;
  } catch (failure) {
    // Nobody reads our texts any more: no reason to fail.
    if (failure instanceof Deno.errors.BrokenPipe) return status;
    const unwritten = new PortholeError(
      "io_failed",
      `Cannot write the output: ${messageOf(failure)}`,
      { cause: failure },
    );
    printError(unwritten, style, deps);
    return status === 0 ? exitStatusFor(unwritten.code, rules) : status;
  }
}

function printError(
  error: PortholeError,
  { logFormat, debug }: ErrorStyle,
  { stderr }: Pick<Deps, "stderr">,
): void {
  const text = logFormat === "json"
    ? formatErrorJson(error)
    : formatError(error);
  stderr.writeText(`${text}\n`);
  if (debug && error.stack !== undefined) {
    stderr.writeText(`${error.stack}\n`);
  }
}

/** The one place that prints log lines. */
function createLog(
  flags: Pick<SharedFlags, "logFormat" | "quiet" | "debug">,
  deps: Pick<Deps, "now" | "stderr">,
  prefix?: string,
): Log {
  const print = (level: LogLevel, text: string) =>
    deps.stderr.writeText(
      `${
        formatLogLine(
          { time: deps.now(), level, prefix, text },
          flags.logFormat,
        )
      }\n`,
    );
  return {
    debug: (text) => flags.debug && print("debug", text),
    info: (text) => !flags.quiet && print("info", text),
    warn: (text) => print("warn", text),
    withPrefix: (next) => createLog(flags, deps, next),
  };
}
