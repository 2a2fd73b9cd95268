import {
  type ChannelDeps,
  type ChannelEvents,
  type DataChannel,
  openDataChannel,
  type PayloadHandlers,
} from "./data_channel.ts";
import type { AgentGreeting } from "./handshake.ts";

/** An open channel of which it is not known yet what it carries. */
export interface DeferredChannel {
  /** Resolves with the greeting of the agent, or undefined where output comes without one, or the end. */
  readonly begun: Promise<AgentGreeting | undefined>;
  /** Hands the channel over to its owner, with all that has come so far. */
  attach(events: ChannelEvents): Promise<DataChannel>;
  /** Drops it. */
  close(): void;
}

/**
 * Opens the data channel of a session whose kind only the agent tells: by its handshake, or by beginning
 * without one.
 *
 * @throws ConnectFailure, or what signing throws, when it cannot be opened.
 */
export async function deferChannel(
  tokenValue: string,
  deps: ChannelDeps,
): Promise<DeferredChannel> {
  const { promise: begun, resolve } = Promise.withResolvers<
    AgentGreeting | undefined
  >();
  const { promise: handedOver, resolve: handOver } = Promise.withResolvers<
    void
  >();
  let owner: ChannelEvents | undefined;
  let held: ((owner: ChannelEvents) => void)[] = [];
  let channel: DataChannel | undefined = undefined as DataChannel | undefined;

  function pass(event: (owner: ChannelEvents) => void): void {
    if (owner === undefined) held.push(event);
    else event(owner);
  }

  function passPayload(kind: keyof PayloadHandlers, payload: Uint8Array): void {
    if (owner !== undefined) return owner.payloads[kind]?.(payload);
    // Little is held, and nothing more is read until somebody takes it.
    const copy = payload.slice();
    held.push((owner) => owner.payloads[kind]?.(copy));
    channel?.setReading(false);
    resolve(undefined);
  }

  channel = await openDataChannel(tokenValue, deps, {
    payloads: {
      output: (payload) => passPayload("output", payload),
      stderr: (payload) => passPayload("stderr", payload),
      exitCode: (payload) => passPayload("exitCode", payload),
      flag: (payload) => passPayload("flag", payload),
    },
    onHandshake(greeting) {
      pass((owner) => owner.onHandshake?.(greeting));
      resolve(greeting);
    },
    onNotice: (text) => pass((owner) => owner.onNotice(text)),
    onInterruption: (reason) => pass((owner) => owner.onInterruption(reason)),
  });
  const { end } = channel;
  void end.then(() => resolve(undefined));
  const opened = channel;
  return {
    begun,
    attach(events) {
      // The owner has the channel first, and then what comes over it.
      setTimeout(() => {
        owner = events;
        for (const event of held.splice(0)) event(events);
        held = [];
        opened.setReading(true);
        handOver();
      });
      return Promise.resolve({
        ...opened,
        end: handedOver.then(() => end),
      });
    },
    close: opened.close,
  };
}
