/**
 * Whether accepting failed because that one client had already left: a port scanner,
 * a balancer's health check, a program that ended. Each such failure takes one
 * connection off the queue, so the next can be accepted at once.
 * Linux says ENOTCONN when the peer's address is asked for, others ECONNABORTED (accept(2)).
 */
export function leftBeforeAccepted(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.ConnectionReset;
}
