import type { DoctorInvocation } from "../../args/invocation.ts";
import type { Check } from "../../diagnosis/checks/check.ts";
import { listChecks, statusOfChecks } from "../../diagnosis/list_checks.ts";
import { checkRack } from "../../diagnosis/checks/check_rack.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import {
  formatDoctorObject,
  renderDoctor,
} from "../../output/format_doctor.ts";
import type { Report } from "../../report/report.ts";
import { viewStdout } from "../../report/view_stdout.ts";
import { hasDockerDaemon } from "../../route/decide_route.ts";
import { readRouteSettings } from "../../route/read_route_settings.ts";
import {
  asksRack,
  openAws,
  type OpenedConfig,
  readConfig,
} from "../../start/open_access.ts";
import { comesWithin } from "../../within.ts";
import type { DoctorTools } from "./doctor_tools.ts";
import { gatherFacts } from "./gather_facts.ts";

/** How long the end of a session may take that was opened to try one. */
const CLEAN_UP_MS = 3_000;

/** `porthole doctor`: what keeps ECS Exec from working, and what to do about it. It changes nothing. */
export async function examine(
  invocation: DoctorInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  let trial: Promise<unknown> | undefined;
  let checks: readonly Check[];
  try {
    checks = await cancellation.orCancelled(
      listAll(invocation, cancellation, log, (begun) => trial = begun),
    );
  } catch (error) {
    // A session that was granted would stay open on AWS's side.
    if (trial !== undefined) await comesWithin(CLEAN_UP_MS, trial, deps);
    throw error;
  }
  const status = statusOfChecks(checks);
  return {
    stdout: invocation.output === "json"
      ? formatDoctorObject(checks, status)
      : renderDoctor(checks, viewStdout(invocation.shared.color, deps)),
    status,
  };
}

async function listAll(
  invocation: DoctorInvocation,
  cancellation: Cancellation,
  log: Log,
  onTrial: DoctorTools["onTrial"],
): Promise<readonly Check[]> {
  const { deps } = cancellation;
  const config = await readConfig(invocation, deps, log);
  if (asksRack(config)) {
    const { gatherRack } = await import("./gather_rack.ts");
    return checkRack(await gatherRack(config.rack, deps));
  }
  const access = openAws(config, invocation.shared, deps, log);
  const facts = await gatherFacts(invocation, config, {
    access,
    cancellation,
    log,
    onTrial,
  });
  const { target } = facts;
  const launchType = target?.inside?.task.launchType ??
    (target?.service?.kind === "seen"
      ? target.service.value.launchType ?? "FARGATE"
      : "FARGATE");
  return listChecks(facts, {
    byDocker: isDockerChosen(config),
    hasDaemon: hasDockerDaemon(launchType),
  });
}

/** Whether settings, not the task, decide for Docker. */
function isDockerChosen(config: OpenedConfig): boolean {
  const { via, ecsExec, generation } = readRouteSettings(config);
  return via.value === "docker" ||
    (via.value === "auto" &&
      (generation !== undefined || ecsExec?.value === "No"));
}
