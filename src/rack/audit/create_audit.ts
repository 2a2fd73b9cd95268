import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Deps } from "../../deps.ts";
import type { Audit, AuditEntry } from "../audit_entry.ts";
import { AuditRefusal } from "../refusal.ts";

const WRITE_MS = 5_000;
/** A log driver cuts lines at 16 KiB (Docker's, and awslogs). */
const LONGEST_LINE = 16_000;
const LONGEST_COMMAND = 8 * 1024;
const LONGEST_TEXT = 1_000;
/** Lines that wait for one that is being written. */
const MOST_WAITING = 1_000;

interface WaitingLine {
  readonly bytes: Uint8Array;
  readonly written: PromiseWithResolvers<void>;
  isDropped: boolean;
}

/** The audit, as JSON lines on standard output, one after the other. */
export function createAudit(
  { stdout, now, sleep }: Pick<Deps, "stdout" | "now" | "sleep">,
): Audit {
  const waiting: WaitingLine[] = [];
  let isWriting = false;

  async function writeLines(): Promise<void> {
    isWriting = true;
    for (
      let line = waiting.shift();
      line !== undefined;
      line = waiting.shift()
    ) {
      if (line.isDropped) continue;
      try {
        await stdout.write(line.bytes);
        line.written.resolve();
      } catch (error) {
        line.written.reject(error);
      }
    }
    isWriting = false;
  }

  return {
    async write(entry) {
      if (waiting.length >= MOST_WAITING) throw new AuditRefusal();
      const line: WaitingLine = {
        bytes: Buffer.from(`${formatEntry(entry, now())}\n`),
        written: Promise.withResolvers<void>(),
        isDropped: false,
      };
      waiting.push(line);
      if (!isWriting) void writeLines();
      const over = new AbortController();
      try {
        await Promise.race([
          line.written.promise,
          sleep(WRITE_MS, over.signal).then(() => {
            if (!over.signal.aborted) throw new Error("late");
          }),
        ]);
      } catch {
        // What has not begun to be written must not be told later: it will not be done.
        line.isDropped = true;
        line.written.promise.catch(() => {});
        throw new AuditRefusal();
      } finally {
        over.abort();
      }
    },
  };
}

/** One line of the audit, at most 16 000 bytes long. */
export function formatEntry(entry: AuditEntry, time: Date): string {
  const { command, error, because, parameters, ...rest } = entry;
  const fields = {
    time: time.toISOString(),
    ...rest,
    ...cut("because", because),
    ...cut("error", error),
    ...cut("parameters", parameters),
  };
  const line = JSON.stringify({ ...fields, command });
  if (
    command === undefined ||
    (Buffer.byteLength(command) <= LONGEST_COMMAND &&
      Buffer.byteLength(line) < LONGEST_LINE)
  ) return line;
  return JSON.stringify({
    ...fields,
    command_sha256: createHash("sha256").update(command).digest("hex"),
    command_length: Buffer.byteLength(command),
  });
}

function cut(name: string, text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  return {
    [name]: text.length > LONGEST_TEXT
      ? `${text.slice(0, LONGEST_TEXT)}…`
      : text,
  };
}
