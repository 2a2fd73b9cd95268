import type {
  ExecAllInvocation,
  ExecInvocation,
  Invocation,
  RunInvocation,
  SharedFlags,
} from "./args/invocation.ts";
import { parseArgs, verbOf } from "./args/parse_args.ts";
import { type ErrorStyle, readErrorStyle } from "./args/read_error_style.ts";
import { readWords, type Words } from "./args/read_words.ts";
import { warnOfVariables } from "./args/warn_of_variables.ts";
import { type VerbRules, VERBS } from "./args/verbs.ts";
import type { Cancellation } from "./limits/cancel_on_signal.ts";
import type { Report } from "./report/report.ts";
import { isPluginCall } from "./commands/plugin/read_plugin_call.ts";
import { describeVersion } from "./commands/version.ts";
import type { Deps } from "./deps.ts";
import { explainUnknown, type PortholeError } from "./errors.ts";
import {
  exitStatusFor,
  exitStatusOf,
  type StatusRules,
} from "./exit_status.ts";
import { isRack } from "./is_rack.ts";
import type { Log } from "./log.ts";
import {
  formatError,
  formatErrorJson,
  formatErrorObject,
  formatFrames,
} from "./output/format_error.ts";
import { formatFailure } from "./output/format_result.ts";
import { formatLogLine, type LogLevel } from "./output/format_log_line.ts";
import { writeOutput } from "./report/write_output.ts";
import { separateLines } from "./terminal/separate_lines.ts";
import { tieChildren } from "./tie_children.ts";

/** Runs one command line; resolves with its exit status and never rejects. */
export async function run(
  argv: readonly string[],
  outside: Deps,
): Promise<number> {
  const { deps, endTied } = tieChildren(outside);
  const lines = separateLines(deps);
  try {
    return await runWith(argv, lines.deps);
  } finally {
    endTied();
    lines.endLine();
  }
}

async function runWith(argv: readonly string[], deps: Deps): Promise<number> {
  const [first, ...called] = argv;
  if (first === "plugin" && isPluginCall(called)) {
    return await answerPluginCall(called, deps);
  }
  const words = readWords(argv);
  const verb = VERBS[verbOf(words) ?? "help"];
  if (!verb.writes) deps.giveUpWriting();
  if (verb === VERBS.__complete) return await answerShell(words, deps);
  let style = readErrorStyle(words, () => undefined);
  let report: Report;
  try {
    style = readErrorStyle(words, deps.env);
    const invocation = parseArgs(words, deps.env);
    if (invocation.kind !== "help") style = { ...style, ...invocation.shared };
    report = await runInvocation(invocation, deps);
  } catch (thrown) {
    const error = explainUnknown(thrown);
    const status = exitStatusOf(error, verb.statuses);
    report = { ...renderFailure(verb, style, error, status), error, status };
  }
  return await print(report, { style, rules: verb.statuses, deps });
}

/** Callers of AWS's plugin have flags of their own: settings come from the environment alone. */
async function answerPluginCall(
  words: readonly string[],
  deps: Deps,
): Promise<number> {
  const style = {
    logFormat: "text",
    output: "text",
    debug: deps.env("PORTHOLE_DEBUG") === "1",
  } as const;
  const { runPluginCall } = await import(
    "./commands/plugin/run_plugin_call.ts"
  );
  const report = await runPluginCall(words, deps, createLog(style, deps));
  return await print(report, { style, rules: "remote", deps });
}

/** A shell waits 300 ms at most while somebody types; the rest goes into the program's start and end. */
const COMPLETION_LIMIT_MS = 250;

/** Completion never reports errors: what cannot be completed is left out. */
async function answerShell(words: Words, deps: Deps): Promise<number> {
  try {
    const { stdout } = await runInvocation(parseArgs(words, deps.env), deps);
    await deps.stdout.write(new TextEncoder().encode(stdout));
  } catch {
    // Completion shows no errors.
  }
  return 0;
}

/** `-o json` has its one object on failure too. */
function renderFailure(
  { failure }: Pick<VerbRules, "failure">,
  { output }: ErrorStyle,
  error: PortholeError,
  status: number,
): Pick<Report, "stdout"> {
  if (output !== "json" || failure === "none") return {};
  return {
    stdout: failure === "result"
      ? formatFailure(error, status)
      : formatErrorObject(error),
  };
}

/** Loads the verb that is asked for, and nothing of the others. */
async function runInvocation(
  invocation: Invocation,
  deps: Deps,
): Promise<Report> {
  if (invocation.kind === "help") {
    const { helpWidth, renderHelp } = await import("./args/help_text.ts");
    const width = helpWidth(deps.env("COLUMNS"), deps.terminalSize());
    return { stdout: renderHelp(invocation.topic, width), status: 0 };
  }
  // A file may choose a rack, too: that is seen when it is read.
  if (isRack(invocation.shared.rack)) deps.hideAws();
  const log = createLog(invocation.shared, deps);
  if (invocation.kind !== "complete") {
    for (const line of warnOfVariables(deps.envNames())) log.warn(line);
  }
  switch (invocation.kind) {
    case "version": {
      if (!invocation.check) {
        return { stdout: `${describeVersion()}\n`, status: 0 };
      }
      const { checkVersion } = await import("./commands/check_version.ts");
      return await checkVersion(deps, log);
    }
    case "plugin_install": {
      const { installPlugin } = await import(
        "./commands/plugin/install_plugin.ts"
      );
      return await installPlugin(invocation, deps, log);
    }
    case "completion": {
      const { completion } = await import("./commands/completion.ts");
      return completion(invocation);
    }
    case "tasks": {
      const { listTasks } = await import("./commands/tasks.ts");
      return await listTasks(invocation, deps, log);
    }
    case "status": {
      const { showStatus } = await import("./commands/status/status.ts");
      return await showStatus(invocation, deps, log);
    }
    case "logs": {
      const cancellation = await holdSignals(deps);
      const { showLogs } = await import("./commands/logs/logs.ts");
      return await showLogs(invocation, cancellation, log);
    }
    case "stop": {
      const cancellation = await holdSignals(deps);
      const { stop } = await import("./commands/stop/stop.ts");
      return await stop(invocation, cancellation, log);
    }
    case "doctor": {
      const cancellation = await holdSignals(deps);
      const { examine } = await import("./commands/doctor/doctor.ts");
      return await examine(invocation, cancellation, log);
    }
    case "rack": {
      const cancellation = await holdSignals(deps);
      const { manageRacks } = await import("./commands/rack/manage_racks.ts");
      return await manageRacks(invocation, cancellation, log);
    }
    case "config_show": {
      const { showConfig } = await import("./commands/show_config.ts");
      return await showConfig(invocation, deps, log);
    }
    case "complete": {
      const { complete } = await import("./commands/complete.ts");
      const limitMs = Math.max(0, COMPLETION_LIMIT_MS - performance.now());
      const stdout = await complete(invocation, limitMs, deps);
      return { stdout, status: 0 };
    }
    case "exec_switch": {
      const cancellation = await holdSignals(deps);
      const { switchExec } = await import(
        "./commands/switch_exec/switch_exec.ts"
      );
      return await switchExec(invocation, cancellation, log);
    }
    case "exec": {
      const cancellation = await holdSignals(deps);
      const { exec } = await import("./commands/exec.ts");
      return await exec(await fill(invocation, deps), cancellation, log);
    }
    case "cp": {
      const cancellation = await holdSignals(deps);
      const { copy } = await import("./commands/cp/copy.ts");
      return await copy(invocation, cancellation, log);
    }
    case "exec_all": {
      const cancellation = await holdSignals(deps);
      const { execAll } = await import("./commands/exec_all/exec_all.ts");
      return await execAll(await fill(invocation, deps), cancellation, log);
    }
    case "forward": {
      const cancellation = await holdSignals(deps);
      const { forward } = await import("./commands/forward/forward.ts");
      return await forward(invocation, cancellation, log);
    }
    case "run": {
      const cancellation = await holdSignals(deps);
      const { run } = await import("./commands/run/run.ts");
      return await run(await fill(invocation, deps), cancellation, log);
    }
  }
}

/** Reads the files of variables that a command line names. */
async function fill<
  I extends ExecInvocation | ExecAllInvocation | RunInvocation,
>(invocation: I, deps: Deps): Promise<I> {
  if (invocation.variableFiles === undefined) return invocation;
  const { readVariableFiles } = await import("./start/read_variable_files.ts");
  return await readVariableFiles(invocation, deps);
}

/** Signals are held before the rest of a verb is loaded, which takes its time. */
async function holdSignals(deps: Deps): Promise<Cancellation> {
  const { cancelOnSignal } = await import("./limits/cancel_on_signal.ts");
  return await cancelOnSignal(deps);
}

/**
 * Reports an error that nobody waited for, and leaves the terminal as it was; the result is the exit status. Deno's own
 * would be 1, which could be the command's.
 */
export function reportCrash(
  argv: readonly string[],
  error: unknown,
  { stdin, ...deps }: Pick<Deps, "stdin" | "stderr" | "now" | "env">,
): number {
  const words = readWords(argv);
  const explained = explainUnknown(error);
  if (stdin.isTerminal) {
    try {
      stdin.setRaw(false);
    } catch {
      // The terminal has been closed.
    }
    deps.stderr.writeText("\n");
  }
  printError(explained, readErrorStyle(words, deps.env), deps);
  return exitStatusOf(explained, VERBS[verbOf(words) ?? "help"].statuses);
}

/** The one place that prints what a verb reports; resolves with the exit status. */
async function print(
  { stdout, error, status }: Report,
  { style, rules, deps }: {
    readonly style: ErrorStyle;
    readonly rules: StatusRules;
    readonly deps: Pick<Deps, "stdout" | "stderr" | "now">;
  },
): Promise<number> {
  if (error !== undefined) printError(error, style, deps);
  if (stdout === undefined) return status;
  try {
    await writeOutput(stdout, deps);
    return status;
  } catch (failure) {
    // The reader of stdout is gone: no reason to fail.
    if (failure instanceof Deno.errors.BrokenPipe) return status;
    const unwritten = explainUnknown(failure);
    // The verb may have ended with the same.
    if (unwritten.message !== error?.message) {
      printError(unwritten, style, deps);
    }
    return status === 0 ? exitStatusFor(unwritten.code, rules) : status;
  }
}

function printError(
  error: PortholeError,
  { logFormat, debug }: ErrorStyle,
  { stderr, now }: Pick<Deps, "stderr" | "now">,
): void {
  const text = logFormat === "json"
    ? formatErrorJson(error, now())
    : formatError(error);
  stderr.writeText(`${text}\n`);
  if (debug) stderr.writeText(formatFrames(error));
}

/** The one place that prints log lines. */
function createLog(
  flags: Pick<SharedFlags, "logFormat" | "quiet" | "debug">,
  deps: Pick<Deps, "now" | "stderr">,
  prefix?: string,
  /** Of the log with every prefix. */
  volume = { quiet: flags.quiet?.value ?? false },
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
    info: (text) => !volume.quiet && print("info", text),
    warn: (text) => print("warn", text),
    withPrefix: (next) => createLog(flags, deps, next, volume),
    hush: () => volume.quiet = true,
    isQuiet: () => volume.quiet,
  };
}
