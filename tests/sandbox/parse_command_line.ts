import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { imageNames } from "./container_image.ts";
import {
  defaultOptions,
  type ImageName,
  realAgentTimes,
  type SandboxOptions,
} from "./sandbox_options.ts";

/** What the command line asks for. */
export type SandboxCommandLine = {
  readonly options: Partial<SandboxOptions>;
  /** The command to run in the sandbox; empty means to stay. */
  readonly command: readonly string[];
};

/** Parses the command line; help and usage errors leave through commander. */
export function parseCommandLine(args: readonly string[]): SandboxCommandLine {
  const mark = args.indexOf("--");
  const own = mark < 0 ? args : args.slice(0, mark);
  const command = mark < 0 ? [] : args.slice(mark + 1);
  const program = new Command("sandbox")
    .description(
      "A local stand-in for the AWS side of ECS Exec. Runs COMMAND with the " +
        "environment it needs to find it, and exits with its status; without " +
        "COMMAND it stays until INT or TERM and prints the environment.",
    )
    .usage("[options] [-- COMMAND [ARG…]]")
    .option("--log <file>", "append one JSON line per API request")
    .option("--seed <n>", "what ids and faults are drawn from", parseCount)
    .option("--clusters <n>", "number of clusters", parseCount)
    .option("--services <n>", "number of services in default", parseCount)
    .option("--tasks <service=n...>", "number of tasks of a service", addTasks)
    .option("--unsettled", "add the services stopped, pending, stopping")
    .option("--latency <ms>", "time every API call takes", parseNumber)
    .option("--throttle <n>", "throttle the first N API calls", parseCount)
    .option(
      "--expired <n>",
      "refuse the first N API calls as expired",
      parseCount,
    )
    .option(
      "--pull <ms>",
      "time that a task of RunTask is PENDING",
      parseNumber,
    )
    .option("--start-failure <reason>", "RunTask starts one task less")
    .option("--stopped-reason <text>", "tasks of RunTask stop before they run")
    .option(
      "--entry-point <container=line...>",
      "the ENTRYPOINT of an image: sh -c LINE, and the command after it",
      addEntryPoint,
    )
    .option("--deny <action...>", "IAM actions to refuse, e.g. ecs:ListTasks")
    .option(
      "--log-lines <number>",
      "lines that each container writes in a second",
      parseNumber,
    )
    .option(
      "--log-late <ms>",
      "every seventh of these lines can be read only so much later",
      parseNumber,
    )
    .option(
      "--role-deny <action...>",
      "actions that the task role lacks, e.g. ssmmessages:OpenDataChannel",
    )
    .option("--parameter <name=value...>", "SSM parameters", addParameter)
    .option(
      "--rack",
      "add a rack of porthole's own, and set PORTHOLE_RACK to it, with a token that may do everything",
    )
    .option(
      "--image <name>",
      `what containers hold: ${imageNames.join(", ")}`,
      parseImage,
    )
    .option("--without <tool...>", "tools the image does not have")
    .option(
      "--container-image <container=name...>",
      "what one container holds",
      addImage,
    )
    .option(
      "--agent-pending <seconds>",
      "the agent is PENDING that long",
      parseNumber,
    )
    .option("--agent-stopped <reason>", "the agent is STOPPED")
    .option(
      "--rollout-step <ms>",
      "time between two states of a task that a deployment starts",
      parseNumber,
    )
    .option("--failing-rollout", "the tasks of a deployment stop at once")
    .option(
      "--circuit-breaker <how>",
      "what ends a failing deployment: off, on, rollback",
      parseCircuitBreaker,
    )
    .option(
      "--controller <service=type...>",
      "what deploys a service: ECS, CODE_DEPLOY, EXTERNAL",
      addController,
    )
    .option(
      "--stop-task-after <ms>",
      "the task stops so long after a client joins",
      parseNumber,
    )
    .option(
      "--real-agent",
      "the times of AWS's agent: 1000 ms, 1.35 ms, 2000 ms; and its two sessions",
    )
    .option(
      "--first-output-delay <ms>",
      "wait before the first output",
      parseNumber,
    )
    .option("--message-interval <ms>", "time between two messages", parseNumber)
    .option(
      "--give-up <ms>",
      "how long output is resent after the end",
      parseNumber,
    )
    .option(
      "--channel-open <ms>",
      "time from the token to the start",
      parseNumber,
    )
    .option("--drop-early-input", "acknowledge and drop input until the start")
    .option("--start-before-client", "start the command at ExecuteCommand")
    .option(
      "--blind-terminate <ms>",
      "time until a full pty's agent hears of TerminateSession",
      parseNumber,
    )
    .option(
      "--session-workers <n>",
      "sessions that a container can have at a time; 0 is no limit",
      parseCount,
    )
    .option("--send-while-cut", "go on sending while no client is connected")
    .option("--loss <share>", "lost frames, 0 to 1", parseShare)
    .option("--duplicate <share>", "doubled frames, 0 to 1", parseShare)
    .option("--reorder <share>", "overtaken frames, 0 to 1", parseShare)
    .option("--delay <ms>", "time every frame takes", parseNumber)
    .option("--disconnects <n>", "cuts of the connection", parseCount)
    .option("--disconnect-after <frames>", "frames before each cut", parseCount)
    .option(
      "--input-cuts <n>",
      "cuts of the agent's own socket in mid-input",
      parseCount,
    )
    .option(
      "--input-cut-after <frames>",
      "frames of input before each such cut",
      parseCount,
    )
    .option(
      "--ignored-acks <share>",
      "acknowledgements overlooked, 0 to 1",
      parseShare,
    )
    .option(
      "--malformed <kind>",
      "one broken frame: digest, length, header-length, short, text",
      parseMalformed,
    )
    .option(
      "--malformed-before <frame>",
      "the frame it comes before",
      parseCount,
    )
    .option("--kms", "the cluster has a KMS key")
    .option("--kms-fault <fault>", "denied, wrong-key", parseKmsFault)
    .option("--handshake", "a handshake without KMS")
    .option("--customer-message <text>", "shown after the handshake")
    .option("--cell-number <text>", "the cell-number of stream URLs")
    .option("--ping <ms>", "time between two pings", parseNumber)
    .option(
      "--synthetic-output",
      "a command synthetic-output MIB in containers",
    )
    .option("--tls", "serve https and wss too")
    .option(
      "--unsigned-upgrades",
      "take upgrades without a signature, as AWS's plugin before 1.2.764 asks for them",
    )
    .configureOutput({
      outputError: (text, write) => write(text),
    })
    .exitOverride();
  program.parse([...own], { from: "user" });
  const flags = program.opts();
  if (mark >= 0 && command.length === 0) {
    program.error("error: no command after --", { exitCode: 2 });
  }
  const start = dropUndefined({
    pullMs: flags.pull,
    stoppedReason: flags.stoppedReason,
    entryPoints: flags.entryPoint,
    failures: flags.startFailure === undefined
      ? undefined
      : [{ reason: flags.startFailure }],
  });
  const options = {
    ...(flags.realAgent ? realAgentTimes : {}),
    log: flags.log,
    seed: flags.seed,
    clusters: flags.clusters,
    services: flags.services,
    tasks: flags.tasks,
    unsettled: flags.unsettled,
    latencyMs: flags.latency,
    throttle: flags.throttle,
    expiredCalls: flags.expired,
    deny: flags.deny,
    logs: flags.logLines === undefined ? undefined : {
      ...defaultOptions.logs,
      linesPerSecond: flags.logLines,
      ...(flags.logLate === undefined
        ? {}
        : { lateEvery: 7, lateMs: flags.logLate, kept: 100_000 }),
    },
    roleDeny: flags.roleDeny,
    parameters: flags.parameter,
    rack: flags.rack ? {} : undefined,
    runTask: Object.keys(start).length === 0
      ? undefined
      : { ...defaultOptions.runTask, ...start },
    image: flags.without === undefined
      ? flags.image
      : { sh: chooseShell(flags.image), without: flags.without },
    images: flags.containerImage,
    agentPendingMs: flags.agentPending === undefined
      ? undefined
      : flags.agentPending * 1000,
    agentStopped: flags.agentStopped,
    rollout: {
      ...defaultOptions.rollout,
      ...dropUndefined({
        stepMs: flags.rolloutStep,
        tasksStop: flags.failingRollout,
        circuitBreaker: flags.circuitBreaker,
      }),
    },
    deploymentControllers: flags.controller,
    stopTaskAfterMs: flags.stopTaskAfter,
    ...dropUndefined({
      firstOutputDelayMs: flags.firstOutputDelay,
      messageIntervalMs: flags.messageInterval,
      giveUpMs: flags.giveUp,
      blindTerminateMs: flags.blindTerminate,
      sessionWorkersLimit: flags.sessionWorkers,
    }),

    channelOpenMs: flags.channelOpen,
    earlyInput: flags.dropEarlyInput ? "drop" : undefined,
    startBeforeClient: flags.startBeforeClient,
    whileCut: flags.sendWhileCut ? "send" : undefined,
    loss: flags.loss,
    duplicate: flags.duplicate,
    reorder: flags.reorder,
    delayMs: flags.delay,
    disconnects: flags.disconnects,
    disconnectAfterFrames: flags.disconnectAfter,
    inputCuts: flags.inputCuts,
    inputCutAfterFrames: flags.inputCutAfter,
    ignoredAcks: flags.ignoredAcks,
    malformed: flags.malformed === undefined ? undefined : {
      kind: flags.malformed,
      beforeFrame: flags.malformedBefore ?? 0,
    },
    kms: flags.kmsFault === undefined ? flags.kms : { fault: flags.kmsFault },
    handshake: flags.handshake,
    customerMessage: flags.customerMessage,
    cellNumber: flags.cellNumber,
    pingMs: flags.ping,
    syntheticOutput: flags.syntheticOutput,
    tls: flags.tls,
    unsignedUpgrades: flags.unsignedUpgrades,
  } satisfies { [K in keyof SandboxOptions]?: SandboxOptions[K] | undefined };
  return { options: dropUndefined(options), command };
}

function dropUndefined<T extends object>(
  value: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function chooseShell(
  image: ImageName | undefined,
): "dash" | "bash" | "busybox" | "none" {
  if (image === "bash" || image === "busybox") return image;
  return image === "no-sh" ? "none" : "dash";
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It must be a number, 0 or more.");
  }
  return value;
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return Number(text);
}

function parseShare(text: string): number {
  const value = parseNumber(text);
  if (value > 1) throw new InvalidArgumentError("It must be from 0 to 1.");
  return value;
}

function parseImage(text: string): ImageName {
  return parseOne(imageNames, text);
}

function parseMalformed(text: string) {
  return parseOne(
    ["digest", "length", "header-length", "short", "text"] as const,
    text,
  );
}

function parseCircuitBreaker(text: string) {
  return parseOne(["off", "on", "rollback"] as const, text);
}

function parseKmsFault(text: string) {
  return parseOne(["denied", "wrong-key"] as const, text);
}

function parseOne<T extends string>(allowed: readonly T[], text: string): T {
  const found = allowed.find((one) => one === text);
  if (found === undefined) {
    throw new InvalidArgumentError(`It must be one of ${allowed.join(", ")}.`);
  }
  return found;
}

function splitPair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It must be NAME=VALUE.");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function addTasks(
  text: string,
  before: Readonly<Record<string, number>> = defaultOptions.tasks,
): Readonly<Record<string, number>> {
  const [name, value] = splitPair(text);
  return { ...before, [name]: parseCount(value) };
}

function addController(
  text: string,
  before: SandboxOptions["deploymentControllers"] =
    defaultOptions.deploymentControllers,
): SandboxOptions["deploymentControllers"] {
  const [name, value] = splitPair(text);
  const type = parseOne(["ECS", "CODE_DEPLOY", "EXTERNAL"] as const, value);
  return { ...before, [name]: type };
}

function addParameter(
  text: string,
  before: Readonly<Record<string, string>> = defaultOptions.parameters,
): Readonly<Record<string, string>> {
  const [name, value] = splitPair(text);
  return { ...before, [name]: value };
}

function addEntryPoint(
  text: string,
  before: SandboxOptions["runTask"]["entryPoints"] =
    defaultOptions.runTask.entryPoints,
): SandboxOptions["runTask"]["entryPoints"] {
  const [name, line] = splitPair(text);
  return { ...before, [name]: ["sh", "-c", line, "sh"] };
}

function addImage(
  text: string,
  before: SandboxOptions["images"] = defaultOptions.images,
): SandboxOptions["images"] {
  const [name, value] = splitPair(text);
  return { ...before, [name]: parseImage(value) };
}
