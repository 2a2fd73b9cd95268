import type {
  ApiContext,
  CommandWay,
  KeptParameter,
  NewPortSession,
  Parameters,
} from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { readAgentStatus } from "./describe_task.ts";
import { account, nameInstance, region, type Task } from "./fleet.ts";
import { isConnected } from "./is_connected.ts";

/** Answers one operation of the Systems Manager API. */
export function answerSsm(
  context: ApiContext,
  operation: string,
  parameters: Parameters,
): object {
  switch (operation) {
    case "StartSession":
      return startSession(context, parameters);
    case "ResumeSession":
      return resumeSession(context, parameters);
    case "TerminateSession": {
      const sessionId = String(parameters["SessionId"] ?? "");
      // AWS answers with the id whether or not the session was still there.
      context.terminateSession(sessionId);
      return { SessionId: sessionId };
    }
    case "DescribeSessions":
      return describeSessions(context, parameters);
    case "GetParameter": {
      const name = String(parameters["Name"] ?? "");
      const kept = context.parameters.get(name);
      if (kept === undefined) throw new ApiError("ParameterNotFound", "");
      return { Parameter: describeParameter(name, kept) };
    }
    case "GetParameters": {
      const names = (parameters["Names"] ?? []) as readonly string[];
      const known = context.parameters;
      return {
        Parameters: names.flatMap((name) => {
          const kept = known.get(name);
          return kept === undefined ? [] : [describeParameter(name, kept)];
        }),
        InvalidParameters: names.filter((name) => !known.has(name)),
      };
    }
    case "GetParametersByPath":
      return listParameters(context, parameters);
    case "PutParameter":
      return putParameter(context, parameters);
    case "DeleteParameter": {
      const name = String(parameters["Name"] ?? "");
      if (!context.parameters.delete(name)) {
        throw new ApiError("ParameterNotFound", "");
      }
      return {};
    }
    default:
      throw new ApiError("UnknownOperationException", "");
  }
}

/** One page of the parameters under a path: 10 at most, and by default. */
function listParameters(context: ApiContext, parameters: Parameters): object {
  const path = String(parameters["Path"] ?? "").replace(/\/$/, "");
  if (!/^(\/[\w.-]+)+$/.test(path)) {
    throw new ApiError(
      "ValidationException",
      "The parameter doesn't meet the parameter name requirements.",
    );
  }
  const size = parameters["MaxResults"] ?? 10;
  if (typeof size !== "number" || size < 1 || size > 10) {
    throw new ApiError("ValidationException", "MaxResults is 1 to 10");
  }
  const recursive = parameters["Recursive"] === true;
  const names = [...context.parameters.keys()].filter((name) =>
    name.startsWith(`${path}/`) &&
    (recursive || !name.slice(path.length + 1).includes("/"))
  ).sort();
  const start = Number(parameters["NextToken"] ?? 0);
  if (!Number.isInteger(start)) throw new ApiError("InvalidNextToken", "");
  const end = start + size;
  return {
    Parameters: names.slice(start, end).flatMap((name) => {
      const kept = context.parameters.get(name);
      return kept === undefined ? [] : [describeParameter(name, kept)];
    }),
    ...(end < names.length ? { NextToken: String(end) } : {}),
  };
}

function putParameter(context: ApiContext, parameters: Parameters): object {
  const name = String(parameters["Name"] ?? "");
  const value = parameters["Value"];
  if (!/^(\/[\w.-]+)+$/.test(name)) {
    throw new ApiError(
      "ValidationException",
      "Parameter name must be a fully qualified name.",
    );
  }
  if (typeof value !== "string" || value === "" || value.length > 4096) {
    throw new ApiError(
      "ValidationException",
      "Standard tier parameters support a maximum parameter value of 4096 characters.",
    );
  }
  const before = context.parameters.get(name);
  if (before !== undefined && parameters["Overwrite"] !== true) {
    throw new ApiError(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  if (before === undefined && typeof parameters["Type"] !== "string") {
    throw new ApiError(
      "ValidationException",
      "A parameter type is required when you create a parameter.",
    );
  }
  const kept = {
    value,
    type: String(parameters["Type"] ?? before?.type),
    version: (before?.version ?? 0) + 1,
  };
  context.parameters.set(name, kept);
  return { Version: kept.version, Tier: "Standard" };
}

/** A session for a port of a container, or on a container instance. */
function startSession(context: ApiContext, parameters: Parameters): object {
  const instanceId = String(parameters["Target"] ?? "");
  const document = String(parameters["DocumentName"] ?? "");
  if (instanceId.startsWith("ecs:")) {
    const way = commandDocuments[document];
    if (way !== undefined) {
      return startCommand(context, instanceId, way, parameters);
    }
    const { sessionId, streamUrl, tokenValue } = context.openPortSession(
      readPortSession(context, instanceId, document, parameters),
    );
    return {
      SessionId: sessionId,
      StreamUrl: streamUrl,
      TokenValue: tokenValue,
    };
  }
  if (document !== "AWS-StartInteractiveCommand") {
    throw new ApiError(
      "InvalidDocument",
      `Document with name ${document} does not exist.`,
    );
  }
  const given = (parameters["Parameters"] ?? {}) as Readonly<
    Record<string, readonly string[]>
  >;
  const [command, ...more] = given["command"] ?? [];
  if (command === undefined || more.length > 0) {
    throw new ApiError("InvalidParameters", "command takes one value");
  }
  const task = context.fleet.clusters.flatMap(({ tasks }) => tasks)
    .find((one) => nameInstance(one) === instanceId);
  if (task === undefined) {
    throw new ApiError(
      "TargetNotConnected",
      `${instanceId} is not connected.`,
    );
  }
  const { sessionId, streamUrl, tokenValue } = context.openInstanceSession({
    task,
    instanceId,
    command,
    secure: context.secure,
  });
  return { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: tokenValue };
}

/** The sessions that run something in a container; `""` is none, and AWS's default. */
const commandDocuments: Readonly<
  Record<string, CommandWay["sessionType"] | undefined>
> = {
  "": "Standard_Stream",
  "SSM-SessionManagerRunShell": "Standard_Stream",
  "AWS-StartInteractiveCommand": "InteractiveCommands",
  "AWS-StartNonInteractiveCommand": "NonInteractiveCommands",
};

/** A shell, or a command of the caller's, in a container. */
function startCommand(
  context: ApiContext,
  target: string,
  sessionType: CommandWay["sessionType"],
  parameters: Parameters,
): object {
  const given = (parameters["Parameters"] ?? {}) as Readonly<
    Record<string, readonly string[]>
  >;
  const [command = ""] = sessionType === "Standard_Stream"
    ? ["sh"]
    : given["command"] ?? [];
  const [separate = "false"] = given["separateOutputStream"] ?? [];
  const { task, container } = findConnected(context, target);
  const { sessionId, streamUrl, tokenValue } = context.openSession({
    task,
    container: container.name,
    runtimeId: container.runtimeId,
    command,
    secure: context.secure,
    way: { sessionType, apart: /^true$/i.test(separate) },
  });
  return { SessionId: sessionId, StreamUrl: streamUrl, TokenValue: tokenValue };
}

const portDocuments: Readonly<Record<string, readonly string[]>> = {
  "AWS-StartPortForwardingSession": ["portNumber", "localPortNumber"],
  "AWS-StartPortForwardingSessionToRemoteHost": [
    "host",
    "portNumber",
    "localPortNumber",
  ],
  "AWS-StartSSHSession": ["portNumber"],
};

function readPortSession(
  context: ApiContext,
  target: string,
  document: string,
  parameters: Parameters,
): NewPortSession {
  const names = portDocuments[document];
  if (names === undefined) {
    throw new ApiError(
      "InvalidDocument",
      `Document with name ${document} does not exist.`,
    );
  }
  const given = (parameters["Parameters"] ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const values = Object.entries(given).map(([name, value]) => {
    if (!names.includes(name)) {
      throw new ApiError("InvalidParameters", `Unknown parameter ${name}`);
    }
    if (
      !Array.isArray(value) || value.length !== 1 ||
      typeof value[0] !== "string"
    ) {
      throw new ApiError("InvalidParameters", `${name} takes one value`);
    }
    if (/Number$/.test(name) && !/^\d{1,5}$/.test(value[0])) {
      throw new ApiError("InvalidParameters", `${name} is not a port`);
    }
    return [name, value[0]] as const;
  });
  const port = {
    portNumber: document === "AWS-StartSSHSession" ? "22" : "80",
    ...(document === "AWS-StartSSHSession"
      ? {}
      : { type: "LocalPortForwarding" as const }),
    ...Object.fromEntries(values),
  };
  const found = findConnected(context, target);
  return {
    task: found.task,
    container: found.container.name,
    runtimeId: found.container.runtimeId,
    port,
    secure: context.secure,
  };
}

/** The container that a target names, where its agent can be reached. */
function findConnected(
  context: ApiContext,
  target: string,
): { readonly task: Task; readonly container: Task["containers"][number] } {
  const found =
    context.fleet.clusters.flatMap((cluster) =>
      cluster.tasks.flatMap((task) =>
        task.containers
          .filter(({ runtimeId }) =>
            target === `ecs:${cluster.name}_${task.taskId}_${runtimeId}`
          )
          .map((container) => ({ task, container }))
      )
    )[0];
  if (
    found === undefined || found.task.status !== "RUNNING" ||
    readAgentStatus(context, found.task) !== "RUNNING" ||
    !isConnected(context, found.task, found.container.runtimeId)
  ) {
    throw new ApiError("TargetNotConnected", `${target} is not connected.`);
  }
  return found;
}

function describeSessions(context: ApiContext, parameters: Parameters): object {
  const filters = (parameters["Filters"] ?? []) as readonly {
    readonly key: string;
    readonly value: string;
  }[];
  const target = filters.find(({ key }) => key === "Target")?.value;
  if (parameters["State"] !== "Active" || target === undefined) {
    throw new ApiError("InvalidFilterKey", "The sandbox lists by Target only");
  }
  return {
    Sessions: context.listSessions(target).map((SessionId) => ({
      SessionId,
      Target: target,
      Status: "Connected",
    })),
  };
}

function resumeSession(context: ApiContext, parameters: Parameters): object {
  const sessionId = String(parameters["SessionId"] ?? "");
  const ticket = context.resumeSession(sessionId);
  if (ticket === undefined) {
    throw new ApiError(
      "DoesNotExistException",
      `Session ${sessionId} does not exist`,
    );
  }
  return {
    SessionId: ticket.sessionId,
    StreamUrl: ticket.streamUrl,
    ...(context.options.resume === "none"
      ? {}
      : { TokenValue: ticket.tokenValue }),
  };
}

function describeParameter(
  name: string,
  { value, type, version }: KeptParameter,
): object {
  return {
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    DataType: "text",
    ARN: `arn:aws:ssm:${region}:${account}:parameter/${
      name.replace(/^\//, "")
    }`,
  };
}
