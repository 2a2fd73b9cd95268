import { tameText } from "../../aws/tame_text.ts";
import { compareVersions } from "../../compare_versions.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { within } from "../../within.ts";
import {
  type ChannelEnd,
  type ChannelEvents,
  type DataChannel,
} from "../channel/data_channel.ts";
import {
  describeInterruption,
  explainChannelFailure,
  explainClosingText,
} from "../channel/explain_channel_end.ts";
import type { AgentGreeting } from "../channel/handshake.ts";
import { PayloadType } from "../channel/message.ts";
import { createMultiplexer } from "./create_multiplexer.ts";
import type { PortStream } from "./port_stream.ts";

/** A session that forwards one remote port. */
export interface PortSession {
  readonly kind: "port";
  /** Opens one more connection to the port. */
  open(): PortStream;
  /** Ends it on both sides. */
  end(): Promise<void>;
  /** Resolves when it is over, with the reason where that was not us. Never rejects. */
  readonly ended: Promise<PortholeError | undefined>;
}

/** What a port session needs of the outside. */
export interface PortSessionDeps extends Pick<Deps, "sleep"> {
  /** Ends the session on AWS's side. */
  readonly terminate: () => Promise<void>;
  /** One line for the user: what the administrator shows at the start of sessions. */
  readonly onCustomerMessage: (text: string) => void;
  /** One line for the user: the connection broke, or is back. */
  readonly onInterruption: (text: string) => void;
  /** A connection was cut off after so many milliseconds in which its program read nothing. */
  readonly onStuck: (milliseconds: number) => void;
}

/** From this version on the agent takes many connections in one session, and leaves keeping it alive to us. */
const OLDEST_AGENT = "3.1.1511.0";
/** The agent gives its own handshake 15 s. */
const HANDSHAKE_MS = 30_000;
const CLOSE_MS = 2_000;
/** AWS ends a session after 20 minutes without traffic. */
const KEEP_ALIVE_MS = 5 * 60_000;
const TERMINATE_SESSION = Uint8Array.of(0, 0, 0, 2);
const CONNECT_TO_PORT_ERROR = 3;

/**
 * Opens a port session over a data channel, and resolves once its agent is ready for connections.
 *
 * @param keepAlive keeps AWS from ending the session after 20 minutes without a byte.
 * @throws PortholeError when the channel cannot be opened, or the agent does not forward ports.
 */
export async function openPortSession(
  openChannel: (events: ChannelEvents) => Promise<DataChannel>,
  { keepAlive }: { readonly keepAlive: boolean },
  deps: PortSessionDeps,
): Promise<PortSession> {
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<
    PortholeError | undefined
  >();
  const { promise: greeted, resolve: greet } = Promise.withResolvers<
    AgentGreeting
  >();
  let channel: DataChannel | undefined = undefined as DataChannel | undefined;
  let ending = false;
  /** Why we gave the session up, where it was us. */
  let givenUp: PortholeError | undefined;
  const streams = createMultiplexer({
    send: async (bytes) => await channel?.write(bytes),
    setReading: (reading) => channel?.setReading(reading),
    onStuck: deps.onStuck,
    sleep: deps.sleep,
  });

  channel = await openChannel({
    payloads: {
      output(payload) {
        try {
          streams.push(payload);
        } catch (error) {
          giveUp(error);
        }
      },
      flag(payload) {
        if (readFlag(payload) === CONNECT_TO_PORT_ERROR) streams.noteRefusal();
      },
    },
    onHandshake: greet,
    onNotice: (text) => deps.onCustomerMessage(tameText(text)),
    onInterruption: (reason) =>
      deps.onInterruption(describeInterruption(reason)),
  }).catch((error) => {
    throw explainChannelFailure(error, false);
  });
  channel.end.then((end) => {
    clearInterval(timer);
    streams.close();
    resolveEnded(ending ? undefined : givenUp ?? explainEnd(end));
  });
  const timer = keepAlive
    ? setInterval(() => streams.ping(), KEEP_ALIVE_MS)
    : undefined;

  function giveUp(reason: unknown): void {
    givenUp ??= explainChannelFailure(reason, true);
    void end(false);
  }

  async function end(isWanted: boolean): Promise<void> {
    ending ||= isWanted;
    if (channel === undefined) return;
    channel.send(PayloadType.flag, TERMINATE_SESSION);
    // An agent whose destination does not read hears no flag.
    if (await within(CLOSE_MS / 2, channel.end, deps) === undefined) {
      await within(CLOSE_MS, deps.terminate().catch(() => {}), deps);
    }
    channel.close();
  }

  if (givenUp !== undefined) void end(false);
  const over = ended.then((error) => error ?? new Error("the session ended"));
  const greeting = await within(
    HANDSHAKE_MS,
    Promise.race([greeted, over]),
    deps,
  );
  const refusal = greeting instanceof Error ? greeting : refuseAgent(greeting);
  if (refusal !== undefined) {
    await end(true);
    throw refusal;
  }
  return {
    kind: "port",
    open: streams.open,
    end: () => end(true),
    ended,
  };
}

function readFlag(payload: Uint8Array): number | undefined {
  if (payload.length !== 4) return undefined;
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0);
}

/** Why the agent cannot do what is needed; undefined where it can. */
function refuseAgent(
  greeting: AgentGreeting | undefined,
): PortholeError | undefined {
  const refuse = (because: string, hint?: string) =>
    new PortholeError(
      "session_refused",
      { cannot: "forward the port", because },
      { hint },
    );
  if (greeting === undefined) {
    return refuse(
      `the agent did not begin within ${HANDSHAKE_MS / 1000} s`,
    );
  }
  const { agentVersion, sessionType, properties } = greeting;
  if (sessionType !== "Port" || properties["type"] !== "LocalPortForwarding") {
    return refuse("the session that AWS opened does not forward ports");
  }
  return compareVersions(agentVersion, OLDEST_AGENT) < 0
    ? refuse(
      `the agent is version ${
        tameText(agentVersion) || "unknown"
      }, and ${OLDEST_AGENT} or later is needed`,
      "a new task gets a new ECS Exec agent; on an instance, update amazon-ssm-agent",
    )
    : undefined;
}

/** Why a session ended that nobody here has ended. */
function explainEnd(end: ChannelEnd): PortholeError {
  if (end.kind === "lost") return explainChannelFailure(end.reason, true);
  if (end.kind === "closed" && end.text !== "") {
    return explainClosingText(end.text, false);
  }
  return new PortholeError(
    "session_lost",
    "Cannot continue the session: AWS or the agent closed it",
    {
      hint:
        "AWS closes sessions after 20 minutes without traffic, and when an administrator ends them",
    },
  );
}
