import type { PortholeError } from "../errors.ts";
import type { Route } from "../route/route.ts";
import type { ByteCounts } from "../terminal/run_session.ts";
import { describeFields } from "./describe_fields.ts";
import { type CapturedOutput, encodeOutput } from "./encode_output.ts";
import { errorModel } from "./format_error.ts";
import { jsonLine } from "./json_line.ts";

/** What came of an exec; absent is what was not known when it ended. */
export interface ExecResult {
  readonly cluster?: string;
  readonly service?: string | undefined;
  /** Its id. */
  readonly task?: string;
  readonly container?: string;
  readonly runtimeId?: string;
  readonly region?: string;
  /** The id of the AWS account. */
  readonly account?: string | undefined;
  /** The profile of the AWS configuration; absent where none was named. */
  readonly profile?: string | undefined;
  readonly route?: Route;
  readonly carrier?: "plugin" | "builtin" | "docker";
  /** Where a rack was asked; how is known once a session is open. */
  readonly rack?: {
    readonly name: string;
    readonly carrier?: "handoff" | "relay";
  };
  readonly sessionId?: string;
  /** As the user typed it. */
  readonly command?: string;
  /** What porthole exits with; absent where that is not the command's doing but its status unknown. */
  readonly status?: number | undefined;
  /** When ExecuteCommand was called. */
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  /** Absent where the client does not report it. */
  readonly bytes?: ByteCounts | undefined;
  readonly error?: PortholeError;
}

/** Renders a result as one line of JSON, with the command's output where it was kept. */
export function formatResult(
  result: ExecResult,
  output?: CapturedOutput,
): string {
  return `${jsonLine(describeResult(result, output))}\n`;
}

/** A result as data, with the command's output where it was kept. */
export function describeResult(
  result: ExecResult,
  output?: CapturedOutput,
): object {
  const { rack, error } = result;
  return {
    ...describeFields(
      result,
      "cluster",
      "service",
      "task",
      "container",
      "runtimeId",
      "region",
      "account",
      "profile",
    ),
    route: describeFields(result.route, "kind", "because"),
    ...describeFields(
      result,
      "carrier",
      "sessionId",
      "command",
      "status",
      "startedAt",
      "endedAt",
    ),
    bytes: describeFields(result.bytes, "in", "out"),
    ...(rack && { rack: describeFields(rack, "name", "carrier") }),
    ...(output && encodeOutput(output)),
    ...(error && { error: errorModel(error) }),
  };
}

/** Renders the result of what never began, for instance because the command line was wrong. */
export function formatFailure(error: PortholeError, status: number): string {
  return formatResult(
    { bytes: { in: 0, out: 0 }, status, error },
    { stdout: new Uint8Array(), truncated: false },
  );
}
