import {
  type ChannelSessionRequest,
  openChannelSession,
} from "../../../src/session/channel/open_channel_session.ts";
import type {
  SessionEnd,
  StreamSession,
} from "../../../src/session/session.ts";
import type { FakeClock } from "./fake_clock.ts";
import type { FakeLine } from "./fake_line.ts";

/** What a wrapper of these tests and its session know of each other. */
export const KEYS = { nonce: "0123456789abcdef", secret: "fedcba9876543210" };

/** A session over a line that is no more than an object, and what becomes of it. */
export interface FakeSession {
  readonly session: StreamSession;
  /** When TerminateSession was asked for. */
  readonly terminated: readonly number[];
  readonly notices: readonly string[];
  end(): SessionEnd | undefined;
}

/** Opens it. */
export async function openFakeSession(
  line: FakeLine,
  clock: FakeClock,
  request: Omit<ChannelSessionRequest, "grant">,
): Promise<FakeSession> {
  const terminated: number[] = [];
  const notices: string[] = [];
  let end: SessionEnd | undefined;
  const session = await openChannelSession({
    grant: {
      sessionId: "s",
      streamUrl: "ws://localhost",
      tokenValue: "t",
      target: "ecs:c_t_r",
    },
    ...request,
  }, {
    ...line.deps,
    terminate: () => Promise.resolve(void terminated.push(clock.now())),
    onNotice: (text) => notices.push(text),
    onCustomerMessage: (text) => notices.push(text),
    onInterruption: () => {},
    onStarted: () => {},
  });
  void session.exit.then((how) => end = how);
  return { session, terminated, notices, end: () => end };
}
