import type { PortholeError } from "../errors.ts";

/** What a verb returns to the one place that prints and exits. */
export interface Report {
  /** For stdout, as it is. */
  readonly stdout?: string;
  readonly error?: PortholeError;
  readonly status: number;
}
