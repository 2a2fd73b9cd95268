import type { Deps } from "../deps.ts";
import type { ExpiringCredentials } from "./check_keys.ts";

/** What getting credentials and settings needs of the outside. */
export type AwsDeps =
  & Pick<
    Deps,
    "env" | "readTextFile" | "writePrivateFile" | "spawn" | "platform"
  >
  & {
    /** Absent without a terminal to ask for an MFA code on. */
    readonly mfa?: MfaDesk | undefined;
  };

/** Where the codes of MFA devices are asked for. */
export interface MfaDesk {
  /** Asks a person. */
  readonly askCode: (device: MfaDevice) => Promise<string>;
  /**
   * The credentials that a code was asked for, by role and device: a code counts once, and nobody may
   * be asked in the middle of a session, whose terminal is the container's.
   */
  readonly sessions: Map<string, ExpiringCredentials>;
}

/** Whose code is asked for. */
export interface MfaDevice {
  /** Its ARN, or the serial number of a hardware device. */
  readonly serial: string;
  readonly profile: string;
}
