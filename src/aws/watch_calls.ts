import type { ECSClient } from "@aws-sdk/client-ecs";

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

/** What the SDK notes beside an answer or an error. */
interface Metadata {
  readonly requestId?: string;
  readonly attempts?: number;
}

/** Tells `onCall` of each call a client makes, its retries counted as one. */
export function watchCalls(
  client: { readonly middlewareStack: object },
  onCall: (call: AwsCall) => void,
): void {
  // The stacks of all clients differ in the types of their operations alone.
  const stack = client.middlewareStack as ECSClient["middlewareStack"];
  stack.add((next, context) => async (args) => {
    const start = performance.now();
    const tell = (answer: unknown, error?: string) => {
      const { $metadata = {} } = (answer ?? {}) as { $metadata?: Metadata };
      onCall({
        service: (context.clientName ?? "").replace(/Client$/, ""),
        operation: (context.commandName ?? "").replace(/Command$/, ""),
        milliseconds: Math.round(performance.now() - start),
        requestId: $metadata.requestId,
        attempts: $metadata.attempts,
        ...(error === undefined ? {} : { error }),
      });
    };
    try {
      const result = await next(args);
      tell(result.output);
      return result;
    } catch (error) {
      tell(error, error instanceof Error ? error.name : "unknown");
      throw error;
    }
  }, { step: "initialize", name: "watchCalls" });
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
