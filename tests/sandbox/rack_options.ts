/** What a stand-in rack does otherwise than a good one. */
export type RackFaults = {
  /** The marker at a command's end is left out, or cut in two messages. */
  readonly marker?: "none" | "split";
  /** The line is dropped after so many bytes of output. */
  readonly cutAfter?: number;
  /** Messages of output are cut into so many bytes. */
  readonly messageBytes?: number;
  /** Milliseconds before each message. */
  readonly delayMs?: number;
  /** A text that the rack says before a command's output. */
  readonly before?: string;
  /** What is handed off in the place of the values that are right. */
  readonly handoff?: (
    right: Readonly<Record<string, string>>,
  ) => unknown;
  /** The hand-off is cut into messages of so many bytes. */
  readonly handoffBytes?: number;
  /** The hand-off ends so many bytes too early. */
  readonly handoffCut?: number;
  /** Bytes that are sent over the line in the place of all else. */
  readonly frames?: Uint8Array;
  /** Bytes that are answered to a request in the place of its answer; the method and path decide. */
  readonly answer?: (request: string) => Uint8Array | "endless" | undefined;
};

/** What a stand-in rack is like. */
export type RackOptions = {
  readonly token: string;
  /** Its version, as Convox numbers them. */
  readonly version: string;
  /** It hands sessions off, as with ECSExec=Yes; otherwise it carries them. */
  readonly handsOff: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  /** Apps without services and processes, beside `default`. */
  readonly otherApps: readonly string[];
  /** How often it is seen to be updating after each change. */
  readonly updatingFor: number;
  /** What stands before each path. */
  readonly prefix: string;
  readonly faults: RackFaults;
};

/** A request that a rack has had. */
export type RackRequestSeen = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A stand-in rack that runs. */
export type StandInRack = {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The same with the password in it, as PORTHOLE_RACK may be. */
  readonly secretUrl: string;
  readonly port: number;
  requests(): readonly RackRequestSeen[];
  /** Connections so far, and how many of them have sent something. */
  connections(): { readonly opened: number; readonly spoke: number };
  /** The parameters as they are now. */
  parameters(): Readonly<Record<string, string>>;
  /** Changes the faults from here on. */
  setFaults(faults: RackFaults): void;
  /** Drops every line, as a load balancer does when nothing has come from the other side for a minute. */
  dropLines(): void;
  /** How many commands are running. */
  running(): number;
  /** How many processes there are that `run` has started. */
  oneOffs(): number;
  /** Resolves once `holds`; looked at again whenever something happens. */
  waitFor(holds: () => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
};
