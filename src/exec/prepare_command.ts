import { split } from "shlex";
import type { RemoteCommand, SessionInvocation } from "../args/invocation.ts";
import { usageError } from "../args/usage_error.ts";
import type { Config } from "../config/config.ts";
import {
  dockerExecWords,
  partBraces,
} from "../session/docker/docker_exec_words.ts";
import type { ExecGuard } from "../session/docker/watchdog.ts";
import { placeWords } from "../session/place_words.ts";
import { quoteCommand } from "../session/quote_command.ts";
import {
  interactiveShell,
  shellLine,
  wrapCommand,
  wrapForPlugin,
  type WrapOptions,
  type WrappedCommand,
} from "../session/wrap_command.ts";
import type { Target } from "../target/target.ts";
import type { StreamPlan } from "../terminal/plan_streams.ts";
import type { DockerCarrier } from "./choose_carrier.ts";
import type { Carrier } from "./open_session.ts";

/** What of a container bears on the form of its commands. */
export interface CommandTarget {
  readonly task: Pick<Target["task"], "platformFamily">;
}

/** What ExecuteCommand is sent, or Docker. */
export interface PreparedCommand {
  readonly text: string;
  /** The user's own words, without a script of ours; what Docker is sent. */
  readonly words: readonly string[];
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

/** A container to run the command in from a shell of its own host. */
export interface HostPlace {
  readonly containerId: string;
  /** Puts the command under a watchdog, where there is one. */
  readonly watch?: ExecGuard["wrap"] | undefined;
}

/**
 * Puts the command into the form that this container and this carrier need.
 *
 * @throws PortholeError usage for flags that cannot be carried there.
 */
export function prepareCommand(
  invocation: SessionInvocation,
  config: Pick<Config, "shell">,
  streams: StreamPlan,
  carrier: Carrier | DockerCarrier,
  target: CommandTarget,
  host?: HostPlace,
): PreparedCommand {
  const { command, noShell, stderr } = invocation;
  if (host !== undefined && carrier.kind !== "docker") {
    return prepareHostCommand(invocation, config, streams, carrier, host);
  }
  const windows =
    target.task.platformFamily?.toUpperCase().startsWith("WINDOWS") ?? false;
  if (stderr === "split" && streams.interactive) {
    throw usageError(
      'Cannot use "--stderr split" with an interactive session: it has one terminal',
    );
  }
  if (carrier.kind === "docker") {
    const words = dockerWords(command, config, windows || noShell, windows);
    return { text: quoteCommand(words), words, behindScript: false };
  }
  refuseUncarried(invocation, carrier, windows);
  if (windows || noShell) {
    return {
      text: bareCommand(command, config, windows),
      words: wordsOf(command, config),
      behindScript: false,
      statusUnknown: carrier.kind === "plugin"
        ? PLUGIN_STATUS
        : "nothing in the container reports it",
    };
  }
  const words = placeWords(wordsOf(command, config), invocation);
  return wrapFor(carrier, words, streams, invocation);
}

function wrapFor(
  carrier: Carrier,
  words: readonly string[],
  streams: StreamPlan,
  { stderr }: Pick<SessionInvocation, "stderr">,
  { onDockerHost = false }: Pick<WrapOptions, "onDockerHost"> = {},
): PreparedCommand {
  if (carrier.kind === "plugin") {
    return {
      text: streams.interactive ? quoteCommand(words) : wrapForPlugin(words),
      words,
      behindScript: !streams.interactive,
      statusUnknown: PLUGIN_STATUS,
    };
  }
  const wrapped = wrapCommand(
    words,
    { ...streams, splitStderr: stderr === "split", onDockerHost },
    crypto.randomUUID().replaceAll("-", ""),
  );
  return { text: wrapped.command, words, wrapped, behindScript: true };
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
      return shell === undefined ? interactiveShell() : split(shell.value);
  }
}

/** A command for a shell of the instance: our script is there, and `docker exec` is what it runs. */
function prepareHostCommand(
  invocation: SessionInvocation,
  config: Pick<Config, "shell">,
  streams: StreamPlan,
  carrier: Carrier,
  { containerId, watch = (words) => words }: HostPlace,
): PreparedCommand {
  const { command, noShell, user, workdir, env, privileged } = invocation;
  refuseUncarried(invocation, carrier, false);
  const words = dockerExecWords({
    containerId,
    words: watch(dockerWords(command, config, noShell, false)),
    tty: streams.interactive,
    stdin: streams.interactive || streams.stdin,
    user,
    workdir,
    env,
    privileged,
  });
  const { text, ...rest } = wrapFor(carrier, words, streams, invocation, {
    onDockerHost: true,
  });
  return { text: partBraces(text), ...rest };
}

/** Docker takes words as they are, and has user, directory and environment of its own. */
function dockerWords(
  command: RemoteCommand,
  config: Pick<Config, "shell">,
  bare: boolean,
  windows: boolean,
): readonly string[] {
  if (bare && command.kind === "line") return split(command.line);
  if (windows && command.kind === "shell" && config.shell === undefined) {
    return ["powershell.exe"];
  }
  return wordsOf(command, config);
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
        (windows ? "powershell.exe" : quoteCommand(interactiveShell()));
  }
}

/** A flag that would do nothing is refused: what it asks for would be missing unnoticed. */
function refuseUncarried(
  { user, workdir, env, stderr, binary, keepAlive }: SessionInvocation,
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
  if (carrier.kind === "plugin") {
    const where = "with --session plugin: the built-in client has it";
    if (keepAlive) refuse("keep-alive", where);
    if (binary) refuse("binary", where);
    if (stderr === "split") refuse("stderr split", where);
  }
}
