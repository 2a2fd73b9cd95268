import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { whenSilentFor } from "../when_silent_for.ts";

/** The limits of one request for credentials. */
export interface NodeRequestLimits {
  /** For the body of an answer; the SDK waits a second for its head. The container's and the instance's services are on the same machine. */
  readonly totalMs: number;
  readonly answerBytes: number;
}

const LIMITS: NodeRequestLimits = {
  totalMs: 10_000,
  answerBytes: 1024 * 1024,
};

/** Gets the sentence about a limit that was exceeded. */
export type OnBrokenLimit = (endpoint: string, reason: string) => void;

type Encoding = Parameters<IncomingMessage["push"]>[1];

let onBroken: OnBrokenLimit | undefined;

/**
 * Gives every request that node:http and node:https send from now on a limit in time and in bytes:
 * an answer that breaks one ends there, and `tell` is called.
 *
 * The SDK's providers of container and instance credentials use these modules, and take neither a
 * handler nor a limit for the answer: one that drips or has no end would be read for ever. Nothing
 * else in the program uses them.
 */
export function limitNodeRequests(
  tell: OnBrokenLimit,
  limits: NodeRequestLimits = LIMITS,
): void {
  const isLimited = onBroken !== undefined;
  onBroken = tell;
  if (isLimited) return;
  for (const module of [http, https]) {
    const request = module.request.bind(module) as (
      ...args: unknown[]
    ) => ClientRequest;
    module.request = ((...args: unknown[]) =>
      limitRequest(request(...args), limits)) as typeof module.request;
  }
}

function limitRequest(
  request: ClientRequest,
  { totalMs, answerBytes }: NodeRequestLimits,
): ClientRequest {
  request.once("response", (answer: IncomingMessage) => {
    // A listener would set the answer flowing before the SDK reads it.
    const push = answer.push.bind(answer);
    let length = 0;
    let isOver = false;
    const end = () => {
      isOver = true;
      cancel();
      return push(null);
    };
    const giveUp = (reason: string) => {
      onBroken?.(`${request.protocol}//${request.getHeader("host")}`, reason);
      // Deno 2.7 fails as a whole when an answer is destroyed while it is read: it is left to itself.
      request.destroy = () => request;
      answer.destroy = () => answer;
      return end();
    };
    const cancel = whenSilentFor(
      totalMs,
      () => giveUp(`no whole answer within ${totalMs / 1_000} s`),
    );
    answer.push = (chunk: Uint8Array | null, encoding?: Encoding) => {
      if (isOver) return false;
      if (chunk === null) return end();
      length += chunk.length;
      return length <= answerBytes
        ? push(chunk, encoding)
        : giveUp(`its answer is longer than ${answerBytes / 1024} KiB`);
    };
  });
  return request;
}
