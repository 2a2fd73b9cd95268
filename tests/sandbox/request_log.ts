import type { LoggedRequest, SessionEvent, TaskChange } from "./sandbox.ts";

/** All that has happened, and who waits for more of it. */
export type RequestLog = {
  readonly requests: LoggedRequest[];
  readonly events: SessionEvent[];
  readonly taskChanges: TaskChange[];
  addRequest(request: LoggedRequest): void;
  addEvent(event: SessionEvent): void;
  addTaskChange(change: TaskChange): void;
  /** Resolves once `holds`, looked at again on everything that is added. */
  waitFor(holds: () => boolean, timeoutMs: number): Promise<void>;
};

/** Starts a log, in memory and, if asked, in a file. */
export function startRequestLog(file: string | undefined): RequestLog {
  const requests: LoggedRequest[] = [];
  const events: SessionEvent[] = [];
  const taskChanges: TaskChange[] = [];
  const listeners = new Set<() => void>();
  if (file !== undefined) Deno.writeTextFileSync(file, "", { append: true });
  const notify = () => {
    for (const listener of [...listeners]) listener();
  };
  const write = (line: LoggedRequest | TaskChange) => {
    if (file === undefined) return;
    Deno.writeTextFileSync(file, JSON.stringify(line) + "\n", {
      append: true,
    });
  };
  return {
    requests,
    events,
    taskChanges,
    addRequest(request) {
      const redacted = { ...request, parameters: redact(request.parameters) };
      requests.push(redacted);
      write(redacted);
      notify();
    },
    addEvent(event) {
      events.push(event);
      notify();
    },
    addTaskChange(change) {
      taskChanges.push(change);
      write(change);
      notify();
    },
    waitFor(holds, timeoutMs) {
      if (holds()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer);
          listeners.delete(listener);
        };
        const listener = () => {
          if (!holds()) return;
          leave();
          resolve();
        };
        const timer = setTimeout(() => {
          leave();
          reject(
            new Error(
              `Waited ${timeoutMs} ms in vain; last requests: ${
                requests.slice(-5).map((one) => one.operation).join(", ")
              }; last events: ${
                events.slice(-5).map((one) => one.kind).join(", ")
              }`,
            ),
          );
        }, timeoutMs);
        listeners.add(listener);
      });
    },
  };
}

function redact(
  parameters: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      /secret|password|(?<!next)token/i.test(name) ? "…" : value,
    ]),
  );
}
