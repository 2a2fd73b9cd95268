import type { StatusInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import type { Log } from "../../log.ts";
import {
  formatStatusObject,
  renderStatus,
  type ServiceStatus,
} from "../../output/format_status.ts";
import type { Report } from "../../report/report.ts";
import { viewStdout } from "../../report/view_stdout.ts";
import { watchChanges } from "../../report/watch_changes.ts";

/** Shows a status until somebody cancels, or nobody reads it any more. */
export async function watchStatus(
  { output, events, shared }: StatusInvocation,
  first: ServiceStatus,
  look: () => Promise<ServiceStatus>,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
): Promise<Report> {
  const identify = (status: ServiceStatus) =>
    formatStatusObject(status, events);
  return await watchChanges(first, look, {
    output,
    identify,
    render: (status) =>
      output === "json"
        ? identify(status)
        : renderStatus(status, events, viewStdout(shared.color, deps)),
  }, { deps, log });
}
