import type { SessionChoice } from "../args/invocation.ts";
import type { Setting } from "../setting.ts";

/** The merged configuration: flags > PORTHOLE_* > file > AWS config > defaults. */
export interface Config {
  /** The file that was read, if any. */
  readonly path?: string;
  /** Absent when nothing names a region. */
  readonly region?: Setting<string>;
  readonly profile?: Setting<string>;
  readonly cluster: Setting<string>;
  readonly service?: Setting<string>;
  /** Milliseconds; 0 is no limit. */
  readonly timeoutMs: Setting<number>;
  readonly session: Setting<SessionChoice>;
  /** `exec.shell`: the shell of an interactive session. */
  readonly shell?: Setting<string>;
}
