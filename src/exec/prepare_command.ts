import { splitWords } from "../shell_words.ts";
import type { RemoteCommand, SessionInvocation } from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import {
  dockerExecWords,
  partBraces,
} from "../session/docker/docker_exec_words.ts";
import type { ExecGuard } from "../session/docker/watchdog.ts";
import { placeWords } from "../session/place_words.ts";
import { quoteCommand } from "../session/quote_command.ts";
import { describeVariables } from "../session/variables.ts";
import {
  createSessionKeys,
  interactiveShell,
  wordsOfLine,
  wrapCommand,
  type WrapOptions,
  type WrappedCommand,
} from "../session/wrap_command.ts";
import type { SessionStreams } from "../terminal/choose_streams.ts";
import type { DockerItself } from "./choose_client.ts";
import type { Client } from "./choose_client.ts";

/** What ExecuteCommand is sent, or Docker. */
export interface PreparedCommand {
  readonly text: string;
  /** The user's own words, without a script of ours; what Docker is sent. */
  readonly words: readonly string[];
  /** What our script will say back; absent where nothing reports a status. */
  readonly wrapped?: WrappedCommand;
}

/** The command as the user typed it, for logs and results. */
export function describeCommand(
  command: RemoteCommand,
  { shell }: Pick<Config, "shell">,
): string {
  switch (command.kind) {
    case "argv":
      return command.shown ?? quoteCommand(command.argv);
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

/** What decides the form of a command. */
export interface CommandRequest {
  readonly invocation: SessionInvocation;
  readonly config: Pick<Config, "shell">;
  readonly streams: SessionStreams;
  readonly client: Client | DockerItself;
  /** The container has no POSIX shell. */
  readonly windows: boolean;
}

/** Puts the command into the form that this container and this client need. */
export function prepareCommand(request: CommandRequest): PreparedCommand {
  const { invocation, config, streams, client, windows } = request;
  const { command, noShell } = invocation;
  if (client.kind === "docker") {
    const words = dockerWords(command, config, { bare: noShell, windows });
    return { text: quoteCommand(words), words };
  }
  if (windows || noShell) {
    return {
      text: bareCommand(command, config, windows),
      words: wordsOf(command, config),
    };
  }
  const words = placeWords(wordsOf(command, config), invocation);
  return wrapFor(client, words, streams, invocation);
}

/** Puts our script around words that are in their place. */
export function wrapFor(
  client: Client,
  words: readonly string[],
  streams: SessionStreams,
  { stderr, env }: Pick<SessionInvocation, "stderr" | "env">,
  { onDockerHost = false }: Pick<WrapOptions, "onDockerHost"> = {},
): PreparedCommand {
  const variables = describeVariables(env);
  if (client.kind === "plugin" && streams.interactive) {
    return { text: quoteCommand(words), words };
  }
  const wrapped = wrapCommand(
    words,
    {
      ...streams,
      // The plugin ends with its input: it carries none but our own.
      stdin: streams.stdin && client.kind === "builtin",
      splitStderr: stderr === "split",
      onDockerHost,
    },
    createSessionKeys(),
    variables,
  );
  return { text: wrapped.command, words, wrapped };
}

/** The words of a command: a shell's where it is a line, or none. */
export function wordsOf(
  command: RemoteCommand,
  { shell }: Pick<Config, "shell">,
): readonly string[] {
  switch (command.kind) {
    case "argv":
      return command.argv;
    case "line":
      return wordsOfLine(command.line);
    case "shell":
      return shell === undefined ? interactiveShell() : splitWords(shell.value);
  }
}

/** A command for a shell of the instance: our script is there, and `docker exec` is what it runs. */
export function prepareHostCommand(
  { invocation, config, streams, client }: CommandRequest & {
    readonly client: Client;
  },
  { containerId, watch = (words) => words }: HostPlace,
): PreparedCommand {
  const { command, noShell, user, workdir, env, privileged } = invocation;
  const words = dockerExecWords({
    containerId,
    words: watch(
      dockerWords(command, config, { bare: noShell, windows: false }),
    ),
    tty: streams.interactive,
    stdin: streams.interactive || streams.stdin,
    user,
    workdir,
    env,
    privileged,
  });
  const { text, ...rest } = wrapFor(client, words, streams, invocation, {
    onDockerHost: true,
  });
  return { text: partBraces(text), ...rest };
}

/** Docker takes words as they are, and has user, directory and environment of its own. */
function dockerWords(
  command: RemoteCommand,
  config: Pick<Config, "shell">,
  { bare, windows }: { readonly bare: boolean; readonly windows: boolean },
): readonly string[] {
  if ((bare || windows) && command.kind === "line") {
    return splitWords(command.line);
  }
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
