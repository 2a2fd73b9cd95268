import type { ExecAllInvocation } from "../../args/invocation.ts";
import type { Deps, OutputDevice } from "../../deps.ts";
import type { CapturedOutput } from "../../output/encode_output.ts";
import { measureIds } from "../../output/measure_ids.ts";
import { paintText, usesColor } from "../../output/style_text.ts";
import { type Allowance, captureOutput } from "../../report/capture_output.ts";
import type { Stdio } from "../../terminal/run_session.ts";
import { takeTurns } from "../../terminal/take_turns.ts";
import { writeLines } from "../../terminal/write_lines.ts";
import { openOutputFile } from "./output_dir.ts";

/** Where one task's output goes. */
export interface Sinks {
  readonly stdio: Stdio;
  /** Ends what was begun; rejects where it can no longer be written. */
  finish(): Promise<void>;
  /** What was kept of the output; undefined where it was written. */
  taken(split: boolean): CapturedOutput | undefined;
}

/** Opens the sinks of a task, the first one being number 0. */
export type OpenSinks = (taskId: string, number: number) => Promise<Sinks>;

/** `-o json` keeps so much of all tasks together. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Decides where the output of the tasks goes; nothing is opened yet. */
export function planSinks(
  { output, outputDir, prefix, shared }: Pick<
    ExecAllInvocation,
    "output" | "outputDir" | "prefix" | "shared"
  >,
  tasks: readonly { readonly id: string }[],
  { deps, onClosed }: {
    readonly deps: Deps;
    /** The reader of stdout is gone. */
    readonly onClosed: () => void;
  },
): OpenSinks {
  const { stdin } = deps;
  const stdout = hearClosed(takeTurns(deps.stdout), onClosed);
  const stderr = takeTurns(deps.stderr);
  const isOne = tasks.length === 1;
  const idLength = measureIds(tasks);
  const allowance: Allowance = { left: KEPT_BYTES };

  function startLines(device: OutputDevice, taskId: string, number: number) {
    // Nothing can come between the lines of a single one: its bytes stay as they are.
    if (isOne) return { ...device, end: () => Promise.resolve() };
    if (prefix === "never") return writeLines(device, "");
    const id = taskId.slice(0, idLength);
    const shown = usesColor(shared.color, deps, device)
      ? paintText(id, number)
      : id;
    return writeLines(device, `${shown} | `);
  }

  return async (taskId, number) => {
    if (output === "json" && outputDir === undefined) {
      const capture = captureOutput(deps, undefined, allowance);
      return {
        stdio: capture.stdio,
        finish: () => Promise.resolve(),
        taken: capture.taken,
      };
    }
    const errors = startLines(stderr, taskId, number);
    if (outputDir !== undefined) {
      const file = await openOutputFile(outputDir, taskId, deps);
      return {
        stdio: { stdin, stdout: file.device, stderr: errors },
        async finish() {
          file.close();
          await endQuietly(errors);
        },
        taken: () => undefined,
      };
    }
    const lines = startLines(stdout, taskId, number);
    return {
      stdio: { stdin, stdout: lines, stderr: errors },
      async finish() {
        await endQuietly(errors);
        await lines.end();
      },
      taken: () => undefined,
    };
  };
}

/** A closed stderr is not a reason to fail. */
async function endQuietly(
  device: { readonly end: () => Promise<void> },
): Promise<void> {
  await device.end().catch(() => {});
}

function hearClosed(device: OutputDevice, onClosed: () => void): OutputDevice {
  return {
    ...device,
    async write(bytes) {
      try {
        await device.write(bytes);
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) onClosed();
        throw error;
      }
    },
  };
}
