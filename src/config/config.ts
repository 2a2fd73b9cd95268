import type { Setting } from "../setting.ts";
import type { FileSettings } from "./settings.ts";

/** Settings that have a default. */
type Defaulted = "cluster" | "timeoutMs" | "via" | "session";

/** The merged configuration: flags > PORTHOLE_* > files > AWS config > defaults. */
export interface Config
  extends
    Omit<FileSettings, Defaulted>,
    Required<Pick<FileSettings, Defaulted>> {
  /** The project's file, if there is one. */
  readonly path?: string;
  /** Every file that was read, the one that wins first. */
  readonly files: readonly string[];
  readonly profile?: Setting<string>;
}
