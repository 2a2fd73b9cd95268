import type { RackInvocation } from "../../args/invocation.ts";
import { explainUnknown } from "../../errors.ts";
import { exitStatusOf } from "../../exit_status.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import type { Report } from "../../report/report.ts";
import { setParameters, showParameters } from "./change_parameters.ts";
import { chooseRack } from "./choose_rack.ts";
import { listRacks, logOut, useRack } from "./keep_racks.ts";
import { keepUsers } from "./keep_users.ts";
import { logIn } from "./log_in.ts";
import { showRack } from "./show_rack.ts";
import { updateRack } from "./update_rack.ts";

/** Runs `porthole rack`. It never rejects. */
export async function manageRacks(
  { action, shared }: RackInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const choose = (name?: string) => chooseRack(name, shared, deps);
  // What it asks stty for need not know either.
  if (action.kind !== "user" && action.kind !== "serve") deps.hideAws();
  const manage = async (): Promise<Report> => {
    switch (action.kind) {
      case "login":
        return await logIn(action, shared, deps);
      case "list":
        return await listRacks(deps, log);
      case "use":
        return await useRack(action.name, deps);
      case "logout":
        return await logOut(await choose(action.name), deps);
      case "show":
        return await showRack(await choose(action.name), deps);
      case "params": {
        const rack = await choose();
        return action.set === undefined
          ? await showParameters(rack, deps)
          : await setParameters(rack, action.set, {
            wait: action.wait,
            deps,
            log,
          });
      }
      case "update":
        return await updateRack(await choose(), action.version, {
          wait: action.wait,
          deps,
          log,
        });
      case "user":
        return await keepUsers(action, shared, deps, log);
      case "serve": {
        // Of all that is here, only a rack needs the rest of the program.
        const { serve } = await import("./serve.ts");
        return await serve(action, shared, deps, log);
      }
    }
  };
  try {
    return await cancellation.orCancelled(manage());
  } catch (thrown) {
    const error = explainUnknown(thrown);
    return { error, status: exitStatusOf(error, "local") };
  }
}
