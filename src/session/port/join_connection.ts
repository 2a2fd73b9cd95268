import type { Deps } from "../../deps.ts";
import { within } from "../../within.ts";
import type { PortStream } from "./port_stream.ts";

/** A local program's connection. */
export type LocalConnection = Pick<
  Deno.Conn,
  "read" | "write" | "closeWrite" | "close"
>;

const READ_SIZE = 16 * 1024;
/** How long a local program may go on sending where the remote has ended: closed at once, it could lose the answer. */
const LINGER_MS = 5_000;

/** Joins a local program's connection to a remote one until both are over. */
export async function joinConnection(
  local: LocalConnection,
  remote: PortStream,
  deps: Pick<Deps, "sleep">,
): Promise<void> {
  void remote.cut.then(close);
  const sending = sendUp(local, remote);
  await sendDown(local, remote);
  if (!remote.isRefused()) {
    await local.closeWrite().catch(() => {});
    await within(LINGER_MS, sending, deps);
  }
  remote.close();
  close();
  await sending;

  function close(): void {
    try {
      local.close();
    } catch {
      // Deno closes a connection whose reading or writing failed.
    }
  }
}

async function sendUp(
  local: LocalConnection,
  remote: PortStream,
): Promise<void> {
  const buffer = new Uint8Array(READ_SIZE);
  try {
    for (;;) {
      const count = await local.read(buffer);
      if (count === null) return remote.closeWrite();
      await remote.write(buffer.subarray(0, count));
    }
  } catch {
    // The program is gone, in both directions.
    remote.close();
  }
}

async function sendDown(
  local: LocalConnection,
  remote: PortStream,
): Promise<void> {
  for (;;) {
    const bytes = await remote.read();
    if (bytes === undefined) return;
    try {
      for (let at = 0; at < bytes.length;) {
        at += await local.write(bytes.subarray(at));
      }
    } catch {
      return remote.close();
    }
  }
}
