import type { RackClient } from "../../access/rack/create_rack_client.ts";
import type { RackSystem } from "../../access/rack/read_answers.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { askSystem } from "../../start/open_rack.ts";

/** Convox's CLI waits as long, and looks as often (convox/rack, pkg/cli). */
const LIMIT_MS = 35 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** A rack that restarts answers nobody for a while. */
const MOST_FAILURES = 24;

/**
 * Waits until a rack runs again, seen twice in a row, and looks whether it has become what it was asked to: after a
 * rollback it runs, too.
 *
 * @param differs what is not as it was asked for, where something is not.
 * @throws {PortholeError} rack_refused where the update fails, timed_out.
 */
export async function awaitUpdate(
  client: RackClient,
  differs: (system: RackSystem) => string | undefined,
  { deps, log }: {
    readonly deps: Pick<Deps, "sleep" | "now">;
    readonly log: Log;
  },
): Promise<void> {
  const { rack } = client;
  const end = deps.now().getTime() + LIMIT_MS;
  let seen = 0;
  let failures = 0;
  while (seen < 2) {
    await deps.sleep(LOOK_EVERY_MS);
    if (deps.now().getTime() > end) throw explainLate(client);
    let system: RackSystem | undefined;
    try {
      system = await askSystem(client);
      failures = 0;
    } catch (error) {
      if (++failures > MOST_FAILURES || !mayPass(error)) throw error;
      log.debug(`The rack does not answer yet: ${messageOf(error)}`);
    }
    const status = system?.status;
    if (status === "failed" || status === "rollback") {
      throw new PortholeError(
        "rack_refused",
        `Cannot update rack "${rack.name}": its status is ${status}`,
      );
    }
    seen = status === "running" ? seen + 1 : 0;
    const difference = seen === 2 ? differs(system!) : undefined;
    if (difference !== undefined) {
      throw new PortholeError(
        "rack_refused",
        `Cannot update rack "${rack.name}": it runs again, but ${difference}`,
        { hint: "the rack's own log says why it has gone back" },
      );
    }
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
    { hint: "porthole rack show shows its status; the update goes on" },
  );
}
