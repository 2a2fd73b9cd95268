import { type ErrorCode, PortholeError } from "../errors.ts";

/** What may be over when one looks again. */
const PASSING: readonly ErrorCode[] = [
  "throttled",
  "unreachable",
  "aws_refused",
  "expired_credentials",
  "timed_out",
];

/** Whether what watches goes on after a failure. */
export function isPassing(error: unknown): error is PortholeError {
  return error instanceof PortholeError && PASSING.includes(error.code);
}
