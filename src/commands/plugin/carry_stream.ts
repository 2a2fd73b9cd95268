import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { DataChannel } from "../../session/channel/data_channel.ts";
import type { DeferredChannel } from "../../session/channel/defer_channel.ts";
import { openSessionOver } from "../../session/channel/open_channel_session.ts";
import type { StreamSession } from "../../session/session.ts";
import { runSession } from "../../terminal/run_session.ts";
import type { CallTools } from "./call_tools.ts";

const END_OF_INPUT = Uint8Array.of(0x04);

/** Carries a shell, a command, or the bytes of one connection (`raw`); resolves with the exit status. */
export async function carryStream(
  deferred: DeferredChannel,
  sessionType: string | undefined,
  { call: { grant }, access, deps, log }: CallTools,
  { raw = false } = {},
): Promise<number> {
  const isTerminal = !raw && deps.stdin.isTerminal && deps.stdout.isTerminal;
  const tell = (text: string) =>
    isTerminal ? deps.stdout.writeText(text) : deps.stderr.writeText(text);
  const { sessionId } = grant;
  if (!raw) tell(`\nStarting session with SessionId: ${sessionId}\n`);
  let channel: DataChannel | undefined;
  const session = await openSessionOver(
    async (events) => channel = await deferred.attach(events),
    {
      wrapped: undefined,
      // A command that is not interactive is sent nothing.
      interactive: sessionType !== "NonInteractiveCommands",
      size: raw ? undefined : deps.terminalSize(),
      keepAlive: false,
    },
    {
      sleep: deps.sleep,
      terminate: () => access.terminateSession(sessionId),
      onNotice: log.warn,
      onCustomerMessage: (text) => tell(`${text}\n`),
      onInterruption: log.info,
      onStarted: () => {},
    },
  );
  const outcome = await runSession(
    isTerminal ? session : endInput(session, () => {
      if (raw) void session.end();
      else void channel?.write(END_OF_INPUT);
    }),
    deps,
    {
      interactive: isTerminal,
      readStdin: !isTerminal && sessionType !== "NonInteractiveCommands",
    },
  );
  if (!raw) tell(`\n\nExiting session with sessionId: ${sessionId}.\n\n`);
  if (outcome.kind === "interrupted") {
    throw new CancelledBySignal(outcome.signal, { inSession: true });
  }
  if (outcome.kind !== "ended") return outcome.status;
  switch (outcome.end.kind) {
    case "status":
      return outcome.end.status;
    case "unknown":
      return 0;
    case "failed":
      // One connection has no more to say once this side has ended it.
      throw outcome.end.error;
  }
}

/** The session with an end of input that means something to a terminal. */
function endInput(session: StreamSession, end: () => void): StreamSession {
  const writer = session.input.getWriter();
  return {
    ...session,
    input: new WritableStream({
      write: (bytes) => writer.write(bytes),
      close: end,
    }),
  };
}
