import type { Invocation, SharedFlags } from "./args/invocation.ts";
import { parseArgs, verbOf } from "./args/parse_args.ts";
import { describeVersion } from "./commands/version.ts";
import type { Deps } from "./deps.ts";
import { messageOf, PortholeError } from "./errors.ts";
import { exitStatusFor, type StatusRules } from "./exit_status.ts";
import type { Log } from "./log.ts";
import { formatError, formatErrorJson } from "./output/format_error.ts";
import { formatLogLine, type LogLevel } from "./output/format_log_line.ts";

/** Runs one command line; resolves with its exit status and never rejects. */
export async function run(
  argv: readonly string[],
  deps: Deps,
): Promise<number> {
  const rules: StatusRules = verbOf(argv) === "exec" ? "remote" : "local";
  let shared: Pick<SharedFlags, "logFormat" | "debug"> = {
    logFormat: "text",
    debug: false,
  };
  try {
    const invocation = parseArgs(argv, deps.env);
    if (invocation.kind !== "help") shared = invocation.shared;
    return await runInvocation(invocation, deps);
  } catch (error) {
    const known = error instanceof PortholeError
      ? error
      : explainUnknown(error);
    deps.stderr.writeText(
      `${
        shared.logFormat === "json"
          ? formatErrorJson(known)
          : formatError(known)
      }\n`,
    );
    if (shared.debug && known.stack !== undefined) {
      deps.stderr.writeText(`${known.stack}\n`);
    }
    return exitStatusFor(known.code, rules);
  }
}

async function runInvocation(
  invocation: Invocation,
  deps: Deps,
): Promise<number> {
  switch (invocation.kind) {
    case "help":
      deps.stdout.writeText(invocation.text);
      return 0;
    case "version":
      deps.stdout.writeText(`${describeVersion()}\n`);
      return 0;
    case "exec": {
      const { exec } = await import("./commands/exec.ts");
      return await exec(invocation, deps, createLog(invocation.shared, deps));
    }
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

function explainUnknown(error: unknown): PortholeError {
  return new PortholeError("internal", `Cannot go on: ${messageOf(error)}`, {
    hint: "this is a mistake of porthole's; --debug shows where",
    cause: error,
  });
}
