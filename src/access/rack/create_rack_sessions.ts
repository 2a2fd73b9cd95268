import { PortholeError } from "../../errors.ts";
import type {
  PluginSurroundings,
  SessionGrant,
  SessionRequest,
  Sessions,
} from "../access.ts";
import type { RackClient } from "./create_rack_client.ts";
import type { Process } from "./read_answers.ts";
import { readHandoff } from "./read_handoff.ts";

/** What a rack is asked for. */
export interface RackSessionRequest extends SessionRequest<Process> {
  /** Of the terminal at the start; a Convox rack hears of no other. */
  readonly size?: { readonly columns: number; readonly rows: number };
  /** Whether a one-off process keeps its image's entrypoint. */
  readonly entrypoint?: boolean;
}

/** How a rack begins to answer. */
export type RackOpening<Line> =
  | { readonly kind: "handoff"; readonly text: string }
  | { readonly kind: "relay"; readonly line: Line };

/** Opens a line to `url`, and waits for its first byte. */
export type OpenLine<Line> = (
  url: URL,
  headers: Readonly<Record<string, string>>,
) => Promise<RackOpening<Line>>;

/** A session that a rack has granted, or the line that carries it. */
export type RackSession<Line> =
  | {
    readonly kind: "grant";
    readonly grant: SessionGrant;
    readonly region: string;
  }
  | { readonly kind: "stream"; readonly stream: Line };

/** The sessions of a rack. */
export interface RackSessions<Line>
  extends Omit<Sessions<Process, Line>, "open"> {
  open(request: RackSessionRequest): Promise<RackSession<Line>>;
}

/**
 * Sessions as a Convox rack opens them. It hands out what joins one, and can do nothing for it later: it resumes
 * none, ends none, and has no key of KMS.
 */
export function createRackSessions<Line>(
  client: RackClient,
  openLine: OpenLine<Line>,
): RackSessions<Line> {
  const { rack } = client;
  let region = "";
  return {
    async open({ cluster, task, command, size, entrypoint }) {
      const url = client.urlOf(["apps", cluster, "processes", task.id, "exec"]);
      const opened = await openLine(url, {
        Authorization: client.authorization(),
        Origin: rack.url.origin,
        "User-Agent": "porthole",
        // Not in the URL: load balancers log those.
        Command: command,
        ...(size && { Height: `${size.rows}`, Width: `${size.columns}` }),
        ...(entrypoint === undefined ? {} : { Entrypoint: `${entrypoint}` }),
      });
      if (opened.kind === "relay") {
        return { kind: "stream", stream: opened.line };
      }
      const handoff = readHandoff(opened.text, rack);
      region = handoff.region;
      return { kind: "grant", ...handoff };
    },
    signUpgrade: () => Promise.resolve({ headers: {} }),
    resumeSession: () =>
      Promise.reject(
        new PortholeError(
          "access_denied",
          `rack "${rack.name}" resumes no sessions`,
        ),
      ),
    terminateSession: () => Promise.resolve(),
    createDataKey: () =>
      Promise.reject(
        new PortholeError(
          "session_refused",
          "Cannot join the session: sessions of this cluster are encrypted with a KMS key: only with AWS credentials",
          { hint: "--rack none goes to AWS directly" },
        ),
      ),
    describePluginSurroundings: (): Promise<PluginSurroundings> =>
      Promise.resolve({
        region,
        ssmEndpoint: `https://ssm.${region}.amazonaws.com${
          region.startsWith("cn-") ? ".cn" : ""
        }`,
      }),
    muteWaits: () => () => {},
  };
}
