import { present } from "../present.ts";
import type { ECSClient } from "@aws-sdk/client-ecs";
import type { Deps } from "../deps.ts";

/** One call of an AWS API, with nothing of what was asked or answered. */
export interface AwsCall {
  /** `ECS`, `SSM`, `KMS`, `EC2`. */
  readonly service: string;
  /** `DescribeTasks`. */
  readonly operation: string;
  readonly milliseconds: number;
  readonly requestId?: string | undefined;
  /** How often it was sent. */
  readonly attempts?: number | undefined;
  /** The name of the error it ended with. */
  readonly error?: string;
}

/** A call that has not been answered for a while. */
export interface AwsWait extends Pick<AwsCall, "service" | "operation"> {
  /** How often it has been sent so far. */
  readonly attempt: number;
  /** Whether AWS has answered that there are too many requests. */
  readonly throttled: boolean;
}

/** What is called back about calls. */
export interface CallWatch {
  readonly onCall: (call: AwsCall) => void;
  /** Called after 3 s of waiting, and then for each further attempt. */
  readonly onWait: (wait: AwsWait) => void;
  /** Called once for each service, with its endpoint: `https://ecs.us-east-1.amazonaws.com`. */
  readonly onEndpoint?: (service: string, endpoint: string) => void;
  /** Called with the source of the credentials, each time they are read. */
  readonly onCredentials?: (from: string) => void;
  readonly sleep: Deps["sleep"];
}

/** What the SDK notes beside an answer or an error. */
interface Metadata {
  readonly requestId?: string;
  readonly attempts?: number;
}

/** Before this, a wait is not shown. */
const PATIENCE_MS = 3_000;

/** Reports each call a client makes, retries included, once. */
export function watchCalls(
  client: { readonly middlewareStack: object },
  { onCall, onWait, onEndpoint, sleep }: CallWatch,
): void {
  let endpoint: string | undefined;
  // The stacks of all clients differ in the types of their operations alone.
  const stack = client.middlewareStack as ECSClient["middlewareStack"];
  const waits = new WeakMap<object, ReturnType<typeof startWait>>();
  stack.add((next, context) => async (args) => {
    const start = performance.now();
    const call = {
      service: nameService(context),
      operation: (context.commandName ?? "").replace(/Command$/, ""),
    };
    const wait = startWait(call, { onWait, sleep });
    waits.set(context, wait);
    const tell = (answer: unknown, error?: string) => {
      const { $metadata = {} } = (answer ?? {}) as { $metadata?: Metadata };
      onCall({
        ...call,
        milliseconds: Math.round(performance.now() - start),
        requestId: $metadata.requestId,
        attempts: $metadata.attempts,
        ...present({ error }),
      });
    };
    try {
      const result = await next(args);
      tell(result.output);
      return result;
    } catch (error) {
      tell(error, error instanceof Error ? error.name : "unknown");
      throw error;
    } finally {
      wait.end();
    }
  }, { step: "initialize", name: "watchCalls" });

  // Within the SDK's retries.
  stack.add((next, context) => async (args) => {
    const wait = waits.get(context);
    wait?.onAttempt();
    const asked = endpointOf(args.request);
    if (asked !== endpoint) {
      endpoint = asked;
      if (asked !== undefined) onEndpoint?.(nameService(context), asked);
    }
    try {
      return await next(args);
    } catch (error) {
      wait?.onFailure(error);
      throw error;
    }
  }, { step: "finalizeRequest", priority: "low", name: "watchAttempts" });
}

function nameService(
  { clientName = "" }: { readonly clientName?: string },
): string {
  return clientName.replace(/Client$/, "");
}

/** Where the SDK is about to send a request. */
function endpointOf(request: unknown): string | undefined {
  const { protocol, hostname, port } = (request ?? {}) as {
    readonly protocol?: string;
    readonly hostname?: string;
    readonly port?: number;
  };
  if (hostname === undefined) return undefined;
  return `${protocol ?? "https:"}//${hostname}${
    port === undefined ? "" : `:${port}`
  }`;
}

/** The wait for one call. It begins with the first attempt: credentials may wait for a person. */
function startWait(
  call: Pick<AwsCall, "service" | "operation">,
  { onWait, sleep }: Pick<CallWatch, "onWait" | "sleep">,
) {
  const over = new AbortController();
  let attempt = 0;
  let throttled = false;
  let late = false;
  const tell = () => onWait({ ...call, attempt, throttled });
  return {
    onAttempt() {
      attempt++;
      if (late) tell();
      if (attempt > 1) return;
      sleep(PATIENCE_MS, over.signal).then(() => {
        if (over.signal.aborted) return;
        late = true;
        tell();
      });
    },
    onFailure(error: unknown) {
      throttled = isThrottling(error);
    },
    end: () => over.abort(),
  };
}

/** Whether an error of an AWS API says that there are too many requests. */
export function isThrottling(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as {
    readonly name?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number | undefined };
  };
  return $metadata?.httpStatusCode === 429 ||
    (typeof name === "string" &&
      /thrott|TooManyRequests|RequestLimitExceeded|SlowDown/i.test(name));
}

/** Renders a call for the log: `AWS: ECS DescribeTasks, 34 ms, request 1234-…, 2 attempts`. */
export function describeCall(call: AwsCall): string {
  const { service, operation, milliseconds, requestId, attempts = 1 } = call;
  return [
    `AWS: ${service} ${operation}`,
    `${milliseconds} ms`,
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(call.error === undefined ? [] : [call.error]),
  ].join(", ");
}

/** Renders a wait: `Waiting for AWS: ECS ListTasks, attempt 2, throttled`. */
export function describeWait(
  { service, operation, attempt, throttled }: AwsWait,
): string {
  return `Waiting for AWS: ${service} ${operation}, attempt ${attempt}, ${
    throttled ? "throttled" : "no answer yet"
  }`;
}
