import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type { DeferredChannel } from "../../session/channel/defer_channel.ts";
import { openSessionOver } from "../../session/channel/open_channel_session.ts";
import { explainMissingStatus } from "../../session/reply/explain_reply.ts";
import type { StreamSession } from "../../session/session.ts";
import { runSession } from "../../terminal/run_session.ts";
import { comesWithin } from "../../within.ts";
import type { CallTools } from "./call_tools.ts";

const END_OF_INPUT = Uint8Array.of(0x04);
/** How long the other end of one connection may take to answer what was sent last. */
const LAST_ANSWER_MS = 2_000;

/** Carries a shell, a command, or the bytes of one connection (`raw`); resolves with the exit status. */
export async function carryStream(
  deferred: DeferredChannel,
  sessionType: string | undefined,
  { call: { grant, separate }, access, deps, log }: CallTools,
  { raw = false } = {},
): Promise<number> {
  const atTerminal = !raw && deps.stdin.isTerminal && deps.stdout.isTerminal;
  // It is sent nothing, and has no terminal: keys are signals for us, and its lines need our terminal's ways.
  const isCommand = sessionType === "NonInteractiveCommands";
  const interactive = atTerminal && !isCommand;
  const tell = (text: string) =>
    atTerminal ? deps.stdout.writeText(text) : deps.stderr.writeText(text);
  const { sessionId } = grant;
  if (!raw) tell(`\nStarting session with SessionId: ${sessionId}\n`);
  const session = await openSessionOver(
    deferred.attach,
    {
      wrapped: undefined,
      interactive: !isCommand,
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
  let hasLeft = false;
  const outcome = await runSession(
    interactive ? session : endInput(session, async (write) => {
      if (!raw) return await write(END_OF_INPUT);
      // There is no half of a connection: what is on its way still comes.
      if (!await comesWithin(LAST_ANSWER_MS, session.exit, deps)) {
        hasLeft = true;
        await session.end();
      }
    }),
    deps,
    {
      interactive,
      readStdin: !interactive && !isCommand,
    },
  );
  if (!raw) tell(`\n\nExiting session with sessionId: ${sessionId}.\n\n`);
  // ssh hangs up on what it needs no longer.
  if (raw && (hasLeft || outcome.kind === "interrupted")) return 0;
  if (outcome.kind === "interrupted") {
    throw new CancelledBySignal(outcome.signal, { inSession: true });
  }
  if (outcome.kind !== "ended") return outcome.status;
  switch (outcome.end.kind) {
    case "status":
      return outcome.end.status;
    case "unknown":
      // A shell has none to report, and a command only where its streams are kept apart.
      if (!separate) return 0;
      throw explainMissingStatus("", true);
    case "failed":
      throw outcome.end.error;
  }
}

/** The session with an end of input that means something to a terminal. */
function endInput(
  session: StreamSession,
  end: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): StreamSession {
  const writer = session.input.getWriter();
  return {
    ...session,
    input: new WritableStream({
      write: (bytes) => writer.write(bytes),
      close: () => end((bytes) => writer.write(bytes)),
    }),
  };
}
