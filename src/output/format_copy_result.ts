import { describeResult, type ExecResult } from "./format_result.ts";
import { jsonLine } from "./json_line.ts";

/** What came of a copy. */
export interface CopyResult extends ExecResult {
  /** How many files were copied, links among them. */
  readonly files?: number;
  readonly skipped?: readonly {
    readonly path: string;
    readonly reason: string;
  }[];
}

/** Renders the result of a copy as one line of JSON. */
export function formatCopyResult(result: CopyResult): string {
  return `${
    jsonLine({
      ...describeResult(result),
      files: result.files ?? 0,
      skipped: result.skipped ?? [],
    })
  }\n`;
}
