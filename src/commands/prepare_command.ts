import { split } from "shlex";
import type { ExecInvocation, RemoteCommand } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { Config } from "../config/config.ts";
import { placeWords } from "../session/place_words.ts";
import { quoteCommand } from "../session/quote_command.ts";
import {
  interactiveShell,
  shellLine,
  wrapCommand,
  wrapForPlugin,
  type WrappedCommand,
} from "../session/wrap_command.ts";
import type { Target } from "../target/target.ts";
import type { StreamPlan } from "../terminal/plan_streams.ts";
import type { Carrier } from "./open_session.ts";

/** What ExecuteCommand is sent. */
export interface PreparedCommand {
  readonly text: string;
  /** What our script will say back; absent where nothing reports a status. */
  readonly wrapped?: WrappedCommand;
  /** Whether a script of ours stands before the command. */
  readonly behindScript: boolean;
  /** Why the status will stay unknown; absent where it will be known. */
  readonly statusUnknown?: string;
}

/** The command as the user typed it, for logs and results. */
export function describeCommand(
  command: RemoteCommand,
  { shell }: Pick<Config, "shell">,
): string {
  switch (command.kind) {
    case "argv":
      return quoteCommand(command.argv);
    case "line":
      return command.line;
    case "shell":
      return shell?.value ?? "bash or sh";
  }
}

/**
 * Puts the command into the form that this container and this carrier need.
 *
 * @throws PortholeError usage for flags that cannot be carried there.
 */
export function prepareCommand(
  invocation: ExecInvocation,
  config: Pick<Config, "shell">,
  streams: StreamPlan,
  carrier: Carrier,
  target: Target,
): PreparedCommand {
  const { command, noShell, stderr } = invocation;
  const windows =
    target.task.platformFamily?.toUpperCase().startsWith("WINDOWS") ?? false;
  refuseUncarried(invocation, streams, carrier, windows);
  if (windows || noShell) {
    return {
      text: bareCommand(command, config, windows),
      behindScript: false,
      statusUnknown: carrier.kind === "plugin"
        ? PLUGIN_STATUS
        : "nothing in the container reports it",
    };
  }
  const words = placeWords(wordsOf(command, config), invocation);
  if (carrier.kind === "plugin") {
    return {
      text: streams.interactive ? quoteCommand(words) : wrapForPlugin(words),
      behindScript: !streams.interactive,
      statusUnknown: PLUGIN_STATUS,
    };
  }
  const wrapped = wrapCommand(
    words,
    { ...streams, splitStderr: stderr === "split" },
    crypto.randomUUID().replaceAll("-", ""),
  );
  return { text: wrapped.command, wrapped, behindScript: true };
}

const PLUGIN_STATUS = "session-manager-plugin does not tell it";

function wordsOf(
  command: RemoteCommand,
  { shell }: Pick<Config, "shell">,
): readonly string[] {
  switch (command.kind) {
    case "argv":
      return command.argv;
    case "line":
      return shellLine(command.line);
    case "shell":
      return shell === undefined
        ? interactiveShell(undefined)
        : split(shell.value);
  }
}

/** The command without any script of ours: a line stays the line it is. */
function bareCommand(
  command: RemoteCommand,
  config: Pick<Config, "shell">,
  windows: boolean,
): string {
  switch (command.kind) {
    case "argv":
      return quoteCommand(command.argv);
    case "line":
      return command.line;
    case "shell":
      return config.shell?.value ??
        (windows
          ? "powershell.exe"
          : quoteCommand(interactiveShell(undefined)));
  }
}

/** A flag that would do nothing is refused: what it asks for would be missing unnoticed. */
function refuseUncarried(
  { user, workdir, env, stderr, binary, keepAlive }: ExecInvocation,
  streams: StreamPlan,
  carrier: Carrier,
  windows: boolean,
): void {
  const refuse = (flag: string, where: string): never => {
    throw usageError(`Cannot use "--${flag}" ${where}`);
  };
  if (windows) {
    const where =
      "with a Windows task: it takes a POSIX shell in the container";
    if (user !== undefined) refuse("user", where);
    if (workdir !== undefined) refuse("workdir", where);
    if (env.length > 0) refuse("env", where);
    if (binary) refuse("binary", where);
    if (stderr === "split") refuse("stderr split", where);
  }
  if (stderr === "split" && streams.interactive) {
    refuse("stderr split", "with an interactive session: it has one terminal");
  }
  if (carrier.kind === "plugin") {
    const where = "with --session plugin: the built-in client has it";
    if (keepAlive) refuse("keep-alive", where);
    if (binary) refuse("binary", where);
    if (stderr === "split") refuse("stderr split", where);
  }
}
