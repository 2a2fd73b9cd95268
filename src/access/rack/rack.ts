import type { RackTls } from "../../rack_tls.ts";

/** A rack, and what opens it. The token is secret. */
export interface Rack {
  /** What it was asked for by; of a URL its host. */
  readonly name: string;
  /** Without user and password; its path stands before those of all requests. */
  readonly url: URL;
  readonly token: string;
  readonly tls: RackTls;
  /** Hosts, beside AWS's own, that a session may be handed off to. */
  readonly streamHosts: readonly string[];
}
