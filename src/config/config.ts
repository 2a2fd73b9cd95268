import type { SessionChoice } from "../args/invocation.ts";
import type { EcsExecChoice, RouteChoice } from "../routing_table.ts";
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
  /** `exec.route` */
  readonly via: Setting<RouteChoice>;
  /** Whether ECS Exec is to be used; absent: whatever the task allows. */
  readonly ecsExec?: Setting<EcsExecChoice>;
  readonly generation?: Setting<1>;
  /** Where the Docker daemon of a task's instance listens, with places to fill in, or `ssm`. */
  readonly dockerHost?: Setting<string>;
  /** TLS was turned off. */
  readonly dockerTls?: Setting<false>;
  /** Paths of PEM files. */
  readonly dockerCa?: Setting<string>;
  readonly dockerCert?: Setting<string>;
  readonly dockerKey?: Setting<string>;
  /** The name in the daemon's certificate, where its address is another one. */
  readonly dockerServerName?: Setting<string>;
  readonly session: Setting<SessionChoice>;
  /** `exec.shell`: the shell of an interactive session. */
  readonly shell?: Setting<string>;
  /** ecspresso's `filter_command`: the program that picks among candidates. */
  readonly filterCommand?: Setting<string>;
}
