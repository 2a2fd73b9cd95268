import type { LoggedRequest, Sandbox } from "../sandbox/sandbox.ts";

/** The API calls that a sandbox gets from now on. */
export interface CallRecord {
  requests(): readonly LoggedRequest[];
  /** Their names, in order. */
  names(): readonly string[];
  /** The last of them with this name; fails when there is none. */
  last(operation: string): LoggedRequest;
}

/** Starts to record. */
export function recordCalls(sandbox: Sandbox): CallRecord {
  const start = sandbox.requests().length;
  const requests = () => sandbox.requests().slice(start);
  return {
    requests,
    names: () => requests().map(({ operation }) => operation),
    last(operation) {
      const found = requests().findLast((one) => one.operation === operation);
      if (found === undefined) throw new Error(`${operation} was not called`);
      return found;
    },
  };
}
