import { tameText } from "../../aws/tame_text.ts";
import type { RackSessions } from "../../access/rack/create_rack_sessions.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { openSessionOver } from "../../session/channel/open_channel_session.ts";
import {
  openRelayChannel,
  type RelayChannel,
} from "../../session/rack/open_relay_channel.ts";
import type { RackLine } from "../../session/rack/open_exec.ts";
import { cutMarker } from "../../session/rack/marker_end.ts";
import { present } from "../../present.ts";
import type { Session, SessionEnd } from "../../session/session.ts";
import type { Opened } from "../../session/rack/v1/opened.ts";
import type { Client } from "../choose_client.ts";
import { openBuiltinClient, openPluginClient } from "../open_client.ts";
import type { DecidedRackSession } from "./prepare_rack_ground.ts";

/** A rack has said in the place of a session why there is none: nothing has run. */
export class RackRefusal extends PortholeError {
  constructor(said: string) {
    super("session_refused", said, { hint: "this is the rack's own answer" });
  }
}

/** A session over a rack, and the way that it goes. */
export interface RackStream {
  readonly session: Session;
  readonly carrier: "handoff" | "relay";
  /** What has joined a session that was handed off. */
  readonly client: Client["kind"];
  /** Absent where a Convox rack carries it, and through Docker. */
  readonly sessionId?: string;
  /** What a rack of porthole's own says of it. */
  readonly opened?: Opened;
}

/** Opens a session over a rack: joins the one that it hands off, or uses the line. */
export async function openRackSession(
  sessions: RackSessions<RackLine>,
  { target, client, command, streams, keepAlive }: Pick<
    DecidedRackSession,
    "target" | "client" | "command" | "streams" | "keepAlive"
  >,
  { deps, log, onStarted }: {
    readonly deps: Deps;
    readonly log: Log;
    readonly onStarted: () => void;
  },
): Promise<RackStream> {
  const opened = await sessions.open({
    ...target,
    command: command.text,
    ...present({ size: streams.interactive ? deps.terminalSize() : undefined }),
  });
  const { wrapped } = command;
  const how = {
    wrapped,
    interactive: streams.interactive,
    undoCrlf: wrapped === undefined && !streams.interactive,
    keepAlive,
  };
  if (opened.kind === "grant" && client.kind === "plugin") {
    const { grant } = opened;
    const session = await openPluginClient(
      {
        pluginPath: client.path,
        version: client.version,
        grant,
        ...await sessions.describePluginSurroundings(),
        terminate: () => sessions.terminateSession(grant.sessionId),
      },
      how,
      { deps, log, onStarted },
    );
    const { sessionId } = grant;
    return { session, carrier: "handoff", client: "plugin", sessionId };
  }
  if (opened.kind === "grant") {
    const session = await openBuiltinClient(opened.grant, how, {
      access: sessions,
      deps,
      log,
      onStarted,
    });
    const { sessionId } = opened.grant;
    return { session, carrier: "handoff", client: "builtin", sessionId };
  }
  let channel: RelayChannel | undefined;
  const session = await openSessionOver(
    (events) => {
      channel = openRelayChannel(opened.stream, events, {
        wrapped: wrapped !== undefined,
        now: () => deps.now().getTime(),
        sleep: deps.sleep,
      });
      return Promise.resolve(channel);
    },
    // The rack has heard of the size already, and of no other.
    { ...how, keepAlive: false, size: undefined },
    {
      sleep: deps.sleep,
      // The rack has no other way to end it.
      terminate: () => Promise.resolve(channel?.close()),
      onNotice: log.warn,
      onCustomerMessage: log.info,
      onInterruption: log.info,
      onStarted,
      onPreamble: (text) => tellPreamble(text, log),
    },
  );
  return {
    session: {
      ...session,
      exit: session.exit.then((end) =>
        explainRackEnd(end, channel?.said() ?? "")
      ),
    },
    carrier: "relay",
    client: "builtin",
  };
}

/** What a rack says before the command is the user's to know, as that it has fallen back to Docker. */
function tellPreamble(text: string, log: Log): void {
  for (const line of text.split(/[\r\n]+/)) {
    const said = line.trim().replace(/^WARNING:\s*/, "");
    if (said !== "") log.warn(`The rack: ${said}`);
  }
}

/** What a rack has said in the place of a session, where none began. */
function explainRackEnd(end: SessionEnd, said: string): SessionEnd {
  if (end.kind === "unknown") {
    return {
      kind: "failed",
      error: new PortholeError(
        "status_unknown",
        "Cannot determine the exit status: the rack ended the session without one",
      ),
    };
  }
  if (end.kind !== "failed" || end.error.code !== "cannot_start") return end;
  const { text, status } = cutMarker(said);
  const refusal = /^ERROR:\s*([^]*)$/m.exec(text)?.[1];
  if (refusal !== undefined) {
    return {
      kind: "failed",
      error: new RackRefusal(tameText(refusal)),
    };
  }
  if ((status !== 126 && status !== 127) || text === "") return end;
  const code = status === 127 ? "command_not_found" : "not_executable";
  return {
    kind: "failed",
    error: new PortholeError(
      code,
      `Cannot start the command: ${tameText(text)}`,
    ),
  };
}
