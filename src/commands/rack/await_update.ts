import type { RackClient } from "../../access/rack/create_rack_client.ts";
import type { Deps } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { askSystem } from "../../start/open_rack.ts";

/** Convox's CLI waits as long, and looks as often (convox/rack, pkg/cli). */
const LIMIT_MS = 35 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** A rack that restarts answers nobody for a while. */
const MOST_FAILURES = 24;

/**
 * Waits until a rack runs again, seen twice in a row.
 *
 * @throws {PortholeError} rack_refused where the update fails, timed_out.
 */
export async function awaitUpdate(
  client: RackClient,
  { deps, log }: {
    readonly deps: Pick<Deps, "sleep" | "now">;
    readonly log: Log;
  },
): Promise<void> {
  const end = deps.now().getTime() + LIMIT_MS;
  let seen = 0;
  let failures = 0;
  while (seen < 2) {
    await deps.sleep(LOOK_EVERY_MS);
    if (deps.now().getTime() > end) throw explainLate(client);
    let status: string | undefined;
    try {
      ({ status } = await askSystem(client));
      failures = 0;
    } catch (error) {
      if (++failures > MOST_FAILURES || !mayPass(error)) throw error;
      log.debug(`The rack does not answer yet: ${(error as Error).message}`);
    }
    if (status === "failed" || status === "rollback") {
      throw new PortholeError(
        "rack_refused",
        `Cannot update rack "${client.rack.name}": its status is ${status}`,
      );
    }
    seen = status === "running" ? seen + 1 : 0;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof PortholeError &&
    (error.code === "unreachable" || error.code === "rack_refused");
}

function explainLate({ rack }: RackClient): PortholeError {
  return new PortholeError(
    "timed_out",
    `Cannot wait any longer: rack "${rack.name}" is not running after 35 minutes`,
    { hint: "porthole rack show tells its status; the update goes on" },
  );
}
