import type { Access } from "../access/access.ts";
import { createAwsAccess } from "../access/aws_access.ts";
import type { ExecInvocation, RemoteCommand } from "../args/invocation.ts";
import { createAws } from "../aws/create_aws.ts";
import { readProfileRegion } from "../aws/read_profile_region.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load_config.ts";
import type { Deps } from "../deps.ts";
import { formatDuration } from "../duration.ts";
import { type ErrorCode, PortholeError } from "../errors.ts";
import type { Log } from "../log.ts";
import { dimText, usesColor } from "../output/style_text.ts";
import { askLine } from "../prompt/ask_line.ts";
import { decideRoute } from "../route/decide_route.ts";
import { findPlugin } from "../session/plugin/find_plugin.ts";
import { quoteCommand } from "../session/quote_command.ts";
import type { Session } from "../session/session.ts";
import {
  interactiveShell,
  shellLine,
  wrapCommand,
  wrapForPlugin,
  type WrappedCommand,
} from "../session/wrap_command.ts";
import { findTarget } from "../target/find_target.ts";
import { nameOfArn, type Target } from "../target/target.ts";
import { findStop, watchTask } from "../task/watch_task.ts";
import { planStreams, type StreamPlan } from "../terminal/plan_streams.ts";
import { runSession, type SessionOutcome } from "../terminal/run_session.ts";
import { type Carrier, openSession } from "./open_session.ts";
import { type Deadline, startDeadline } from "./start_deadline.ts";

/** Failures of a session behind which there may be a task that stopped. */
const MAY_BE_STOPPED: readonly ErrorCode[] = ["status_unknown", "session_lost"];

/** Runs `porthole exec` and resolves with the exit status; failures are thrown. */
export async function exec(
  invocation: ExecInvocation,
  deps: Deps,
  log: Log,
): Promise<number> {
  const { config, warnings } = await loadConfig(
    invocation,
    deps,
    readProfileRegion,
  );
  for (const warning of warnings) log.warn(warning);
  const streams = await planStreams(
    { ...invocation, shell: invocation.command.kind === "shell" },
    deps,
  );
  const carrier = await chooseCarrier(config, streams, deps);
  const aws = createAws({
    region: config.region?.value,
    profile: config.profile?.value,
    env: deps.env,
    readTextFile: deps.readTextFile,
  });
  const access = createAwsAccess(aws);

  const { target, log: targetLog } = await announceTarget(
    invocation,
    config,
    access,
    deps,
    log,
  );
  decideRoute(target);
  if (carrier.notice !== undefined) targetLog.info(carrier.notice);
  const prepared = prepareCommand(invocation, config, streams, carrier, target);

  const deadline = startDeadline(config.timeoutMs.value, deps);
  try {
    const opening = access.openSession({ ...target, command: prepared.command })
      .then((grant) =>
        openSession(
          {
            carrier,
            grant,
            interactive: streams.interactive,
            wrapped: prepared.wrapped,
            profile: config.profile?.value,
          },
          {
            aws,
            access,
            deps,
            log: targetLog,
            // A shell must not end after ten minutes: for it only the opening is limited.
            onStarted: () => streams.interactive && deadline.cancel(),
          },
        )
      );
    const session = await orTimeout(opening, deadline);
    const outcome = await followSession(session, streams, {
      access,
      target,
      deadline,
      deps,
    });
    if (deadline.isOver()) throw explainTimeout(config.timeoutMs.value);
    return await statusOf(
      outcome,
      access,
      target,
      targetLog,
      prepared.wrapped === undefined,
    );
  } catch (error) {
    throw deadline.isOver() ? explainTimeout(config.timeoutMs.value) : error;
  } finally {
    deadline.cancel();
  }
}

async function chooseCarrier(
  config: Config,
  streams: StreamPlan,
  deps: Deps,
): Promise<Carrier & { readonly notice?: string }> {
  const choice = config.session.value;
  if (choice === "builtin" || (choice === "auto" && !streams.interactive)) {
    return { kind: "builtin" };
  }
  try {
    return { kind: "plugin", path: await findPlugin(deps) };
  } catch (error) {
    if (choice === "plugin" || !(error instanceof PortholeError)) throw error;
    return {
      kind: "builtin",
      notice:
        `${error.message}, using the built-in client (to install it: ${error.link})`,
    };
  }
}

/** Finds the container and says so in the four documented lines, the first as soon as their prefix is known. */
async function announceTarget(
  invocation: ExecInvocation,
  config: Config,
  access: Access,
  deps: Deps,
  log: Log,
): Promise<{ readonly target: Target; readonly log: Log }> {
  const cluster = nameOfArn(config.cluster.value);
  const early = config.service !== undefined && invocation.task === undefined
    ? log.withPrefix(`${nameOfArn(config.service.value)}/${cluster}`)
    : undefined;
  early?.info("Starting exec");

  const target = await findTarget(
    access,
    {
      cluster: config.cluster.value,
      ...(config.service === undefined
        ? {}
        : { service: config.service.value }),
      ...(invocation.task === undefined ? {} : { task: invocation.task }),
      ...(invocation.container === undefined
        ? {}
        : { container: invocation.container }),
      ...(invocation.pick === undefined ? {} : { pick: invocation.pick }),
    },
    {
      canAsk: deps.stdin.isTerminal && deps.stderr.isTerminal &&
        !invocation.shared.noInput,
      announce: (heading) => (early ?? log).info(heading),
      print: deps.stderr.writeText,
      ask: (question) => askLine(question, deps),
      ...(usesColor(invocation.shared.color, deps) ? { dim: dimText } : {}),
      now: deps.now,
      random: Math.random,
    },
  );

  const targetLog = early ??
    log.withPrefix(`${target.service ?? "-"}/${target.cluster}`);
  if (early === undefined) targetLog.info("Starting exec");
  targetLog.info(`Task ID: ${target.task.id}`);
  for (const note of target.notes) targetLog.info(note);
  targetLog.info(`Container: ${target.container.name}`);
  targetLog.info(`Command: ${describeCommand(invocation.command, config)}`);
  return { target, log: targetLog };
}

function describeCommand(command: RemoteCommand, config: Config): string {
  switch (command.kind) {
    case "argv":
      return quoteCommand(command.argv);
    case "line":
      return command.line;
    case "shell":
      return config.shell?.value ?? "bash or sh";
  }
}

/** What ExecuteCommand is sent; `wrapped` is absent where no status can come back. */
function prepareCommand(
  invocation: ExecInvocation,
  config: Config,
  streams: StreamPlan,
  carrier: Carrier,
  target: Target,
): { readonly command: string; readonly wrapped?: WrappedCommand } {
  const { command } = invocation;
  const windows =
    target.task.platformFamily?.toUpperCase().startsWith("WINDOWS") ?? false;
  if (
    windows || invocation.noShell ||
    (carrier.kind === "plugin" && streams.interactive)
  ) {
    return { command: unwrappedCommand(command, config, windows) };
  }
  const words = command.kind === "argv"
    ? command.argv
    : command.kind === "line"
    ? shellLine(command.line)
    : interactiveShell(config.shell?.value);
  if (carrier.kind === "plugin") return { command: wrapForPlugin(words) };
  const wrapped = wrapCommand(
    words,
    streams,
    crypto.randomUUID().replaceAll("-", ""),
  );
  return { command: wrapped.command, wrapped };
}

function unwrappedCommand(
  command: RemoteCommand,
  config: Config,
  windows: boolean,
): string {
  switch (command.kind) {
    case "argv":
      return quoteCommand(command.argv);
    case "line":
      return windows ? command.line : quoteCommand(shellLine(command.line));
    case "shell":
      return config.shell?.value ??
        (windows
          ? "powershell.exe"
          : quoteCommand(interactiveShell(undefined)));
  }
}

/** Joins the session to our streams until it, its task or the time limit ends. */
async function followSession(
  session: Session,
  streams: StreamPlan,
  { access, target, deadline, deps }: {
    readonly access: Access;
    readonly target: Target;
    readonly deadline: Deadline;
    readonly deps: Deps;
  },
): Promise<SessionOutcome> {
  const end = () =>
    session.kind === "stream" && void session.end().catch(() => {});
  deadline.onOver(end);
  const over = new AbortController();
  let stopped: PortholeError | undefined;
  watchTask(access, target.cluster, target.task, deps, over.signal).then(
    (reason) => {
      stopped = reason;
      end();
    },
  );
  try {
    const outcome = await runSession(session, deps, {
      interactive: streams.interactive,
      readStdin: streams.stdin,
    });
    return stopped === undefined || outcome.kind !== "ended"
      ? outcome
      : { ...outcome, end: { kind: "failed", error: stopped } };
  } finally {
    over.abort();
  }
}

/** The exit status of what happened; porthole's own failures are thrown. */
async function statusOf(
  outcome: SessionOutcome,
  access: Access,
  target: Target,
  log: Log,
  unwrapped: boolean,
): Promise<number> {
  if (outcome.kind === "interrupted" && outcome.gaveUp) {
    log.warn(
      "The session did not end in time: the command may still be running",
    );
  }
  if (outcome.kind !== "ended") return outcome.status;
  switch (outcome.end.kind) {
    case "status":
      return outcome.end.status;
    case "unknown":
      if (unwrapped) {
        log.info(
          "The exit status of the command is unknown: nothing in the container reports it",
        );
      }
      return 0;
    case "failed": {
      const { error } = outcome.end;
      if (!MAY_BE_STOPPED.includes(error.code)) throw error;
      throw await findStop(access, target.cluster, target.task) ?? error;
    }
  }
}

/** Resolves with `opening`, unless the time is over first. */
function orTimeout<T>(opening: Promise<T>, deadline: Deadline): Promise<T> {
  return new Promise((resolve, reject) => {
    opening.then(resolve, reject);
    deadline.onOver(() => reject(new Error("timed out")));
  });
}

function explainTimeout(milliseconds: number): PortholeError {
  return new PortholeError(
    "timed_out",
    `Cannot wait any longer: the session was not done after ${
      formatDuration(milliseconds)
    }`,
    { hint: "--timeout sets the limit, 0 takes it away" },
  );
}
