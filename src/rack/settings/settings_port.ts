import type { EcsExecChoice } from "../../choices.ts";
import type { Caller } from "../sessions/session_call.ts";

/** What the rack is at the moment, read from ECS each time. */
export interface RackState {
  readonly status: "running" | "updating" | "failed";
  readonly ecsExec: EcsExecChoice;
}

/** The rack's parameters and its version. */
export interface Settings {
  /** May be shared by those who ask within 2 s. */
  read(): Promise<RackState>;
  /**
   * `PUT /system` of an admin, with the form's fields as they came; resolves with the lines of the answer.
   *
   * @throws {Refusal} 400, 403 (the flag that allows it is off), 409, 503.
   */
  change(
    form: ReadonlyMap<string, string>,
    caller: Caller,
  ): Promise<readonly string[]>;
  /** The roles and the service that this rack runs as: no target, whatever a scope says. */
  findOwn(): Promise<OwnPlace>;
}

/** What the rack itself is, in ECS. */
export interface OwnPlace {
  /** `cluster/service`; undefined outside ECS. */
  readonly cluster?: string;
  readonly service?: string;
  /** Roles of the rack: its task role (outside ECS the caller's own), and `--session-role`. Account and name. */
  readonly roles: readonly {
    readonly account: string;
    readonly name: string;
  }[];
}
