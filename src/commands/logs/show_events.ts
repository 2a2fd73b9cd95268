import type { LogEvent } from "../../access/access.ts";
import type { LogsInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import type { LogStream } from "../../logs/find_streams.ts";
import {
  formatLogEvent,
  formatLogObject,
} from "../../output/format_log_event.ts";
import { SHORT_ID } from "../../output/measure_ids.ts";
import { paintText, usesColor } from "../../output/style_text.ts";
import { writeOutput } from "../../report/write_output.ts";

/** Writes events to stdout. */
export interface EventPrinter {
  /** Says where streams belong; their events can be shown from then on. */
  add(streams: readonly LogStream[]): void;
  /** Resolves when they are written; rejects with Deno.errors.BrokenPipe when the reader is gone. */
  show(events: readonly LogEvent[]): Promise<void>;
  /** Whether nothing has been shown. */
  isEmpty(): boolean;
}

/** Decides how events look: which task and which container they are of is said where there are several. */
export function createEventPrinter(
  { prefix, output, grep, shared, follow, task }:
    & Pick<LogsInvocation, "prefix" | "output" | "shared" | "follow">
    & Partial<Pick<LogsInvocation, "grep" | "task">>,
  deps: Deps,
): EventPrinter {
  const known = new Map<string, LogStream>();
  const tasks = new Set<string>();
  const containers = new Set<string>();
  let isEmpty = true;
  const { stdout } = deps;
  const hasColor = usesColor(shared.color, deps, stdout);

  function prefixOf({ taskId, container }: LogStream): string {
    if (prefix === "never") return "";
    // While a service is followed, other tasks come.
    const saysTask = tasks.size > 1 || (follow && task === undefined);
    const id = taskId.slice(0, SHORT_ID);
    const parts = [
      ...(saysTask
        ? [hasColor ? paintText(id, [...tasks].indexOf(taskId)) : id]
        : []),
      ...(containers.size > 1 ? [container] : []),
    ];
    return parts.length === 0 ? "" : `${parts.join(" ")} | `;
  }

  function format(event: LogEvent): string {
    const stream = known.get(event.stream);
    if (stream === undefined) return "";
    return output === "json"
      ? formatLogObject(event, stream)
      : formatLogEvent(event, {
        prefix: prefixOf(stream),
        isTerminal: stdout.isTerminal,
      });
  }

  return {
    add(streams) {
      for (const stream of streams) {
        known.set(stream.name, stream);
        tasks.add(stream.taskId);
        containers.add(stream.container);
      }
    },
    async show(events) {
      const text = events
        .filter(({ message }) => grep?.test(message) ?? true)
        .map(format).join("");
      if (text === "") return;
      isEmpty = false;
      await writeOutput(text, { stdout });
    },
    isEmpty: () => isEmpty,
  };
}
