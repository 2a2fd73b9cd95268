import type { SessionChoice } from "../args/invocation.ts";
import type { Setting } from "../setting.ts";

/** The merged configuration: flags > PORTHOLE_* > files > AWS config > defaults. */
export interface Config {
  /** The project's file, if there is one. */
  readonly path?: string;
  /** Every file that was read, the one that wins first. */
  readonly files: readonly string[];
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
  /** ecspresso's `filter_command`: the program that picks among candidates. */
  readonly filterCommand?: Setting<string>;
}
