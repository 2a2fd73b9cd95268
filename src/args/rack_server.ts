import type { EcsExecChoice, HandoffChoice } from "../choices.ts";

/** `porthole rack serve`, as typed. */
export interface RackServeAction {
  readonly kind: "serve";
  /** Names of the clusters that are its apps; those of generation 1 always take Docker. */
  readonly clusters: readonly string[];
  readonly gen1: readonly string[];
  readonly name: string;
  readonly listen: { readonly hostname: string; readonly port: number };
  /** Files in PEM form; absent: plain http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Blocks of addresses of a proxy, as typed. */
  readonly behindProxy: readonly string[];
  readonly behindBalancer: boolean;
  /** `ssm:/path` or `file:F`, as typed. */
  readonly users: string;
  /** A file with a key or two. */
  readonly ticketKey?: string;
  readonly sessionRole?: string;
  readonly handoff: HandoffChoice;
  readonly allowRun: boolean;
  readonly allowParams: boolean;
  readonly allowUpdate: boolean;
  /** Milliseconds. */
  readonly maxSessionMs: number;
  readonly drainMs: number;
  /** `--param ECSExec`, for a rack that does not run on ECS. */
  readonly ecsExec: EcsExecChoice;
  readonly sessionsPerUser: number;
  readonly sessions: number;
  readonly lookUpsPerSecond: number;
}

/** `porthole rack user`, as typed. */
export type RackUserAction =
  & { readonly kind: "user"; /** As typed. */ readonly users: string }
  & (
    | {
      readonly change: "add";
      readonly name: string;
      /** As typed. */
      readonly allow: readonly string[];
      readonly admin: boolean;
      /** Milliseconds from now. */
      readonly expiresMs?: number;
    }
    | { readonly change: "list" }
    | { readonly change: "remove"; readonly name: string }
  );
