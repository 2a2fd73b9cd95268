import type {
  DoctorInvocation,
  SessionInvocation,
} from "../../args/invocation.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import type {
  InsideFacts,
  ProofFacts,
  ToolFacts,
} from "../../diagnosis/doctor_facts.ts";
import { look, type Seen, valueOf } from "../../diagnosis/seen.ts";
import { decideSession } from "../../exec/decide_way.ts";
import { decideStreams, type Ground } from "../../exec/prepare_ground.ts";
import { runInContainer } from "../../exec/run_in_container.ts";
import { captureOutput } from "../../report/capture_output.ts";
import type { Route } from "../../route/route.ts";
import type { OpenedConfig } from "../../start/open_access.ts";
import type { Target } from "../../target/target.ts";
import type { DoctorTools } from "./doctor_tools.ts";

/** What is to be tried, and what is known of it. */
export interface Trial {
  readonly invocation: DoctorInvocation;
  readonly config: OpenedConfig;
  readonly target: Target;
  readonly route: Seen<Route>;
  readonly docker: InsideFacts["docker"];
}

/** A session that does nothing has this long, and its agent this long to connect. */
const SESSION_MS = 30_000;
const AGENT_MS = 5_000;

/** Runs `true` in the container, unless somebody is in it; it rejects only when it is cancelled. */
export async function trySession(
  trial: Trial,
  tools: DoctorTools,
): Promise<ProofFacts> {
  const because = await findObstacle(trial, tools);
  if (because !== undefined) return { kind: "skipped", because };
  const proof = runTrue(trial, tools);
  tools.onTrial(proof);
  return await proof;
}

async function findObstacle(
  { invocation, target, route, docker }: Trial,
  { access }: Pick<DoctorTools, "access">,
): Promise<string | undefined> {
  const { task, container } = target;
  if (!invocation.probe) return "--no-probe";
  if (route.kind === "unseen") return `there is no way in (${route.because})`;
  if (docker?.kind === "unseen") return "Docker cannot be reached";
  if (/^windows/i.test(task.platformFamily ?? "")) {
    return "a Windows task reports no exit status";
  }
  if (route.value.kind === "docker") return undefined;
  const { agent } = container;
  if (agent !== undefined && agent.status !== "RUNNING") {
    return `its ECS Exec agent is ${agent.status}`;
  }
  // The agent has two places, and blocks for good beyond: somebody who works there is not to lose his.
  const sessions = valueOf(await look(access.listSessions(task, container)));
  return sessions === undefined || sessions.length === 0
    ? undefined
    : `${
      sessions.length === 1 ? "a session is" : `${sessions.length} sessions are`
    } open in the container, and the agent has room for two`;
}

async function runTrue(
  { invocation, config: original, target }: Trial,
  { access, cancellation, log }: Omit<DoctorTools, "onTrial">,
): Promise<ProofFacts> {
  const { deps } = cancellation;
  const { value, source } = original.timeoutMs;
  const config: OpenedConfig = {
    ...original,
    timeoutMs: {
      value: value === 0 ? SESSION_MS : Math.min(value, SESSION_MS),
      source,
    },
  };
  const asked: SessionInvocation = {
    shared: invocation.shared,
    command: { kind: "argv", argv: ["true"] },
    interactive: false,
    tty: false,
    noStdin: true,
    agentTimeoutMs: AGENT_MS,
    noShell: false,
    dryRun: false,
    output: "text",
    env: [],
    privileged: false,
  };
  let tools: ToolFacts | undefined;
  let cancelled: CancelledBySignal | undefined;
  const begun = performance.now();
  const quiet = { ...log, info() {}, warn() {}, withPrefix: () => quiet };
  const run = async () => {
    const ground: Ground = {
      invocation: asked,
      config,
      streams: await decideStreams(asked, deps),
      access,
      // The plugin reports neither a status nor what the container has.
      chooseClient: () =>
        Promise.resolve({ kind: "builtin", because: "it reports the most" }),
    };
    const found = { target, log: quiet };
    const decided = await decideSession(ground, found, () => {});
    const { stdio } = captureOutput(deps);
    const { end } = await runInContainer(decided, {
      deps,
      cancellation,
      stdio,
      onCapabilities: (found) => tools = found,
    });
    if (end.kind === "failed") throw end.error;
    return end.status;
  };
  const status = await look(
    run().catch((error) => {
      if (error instanceof CancelledBySignal) cancelled = error;
      throw error;
    }),
  );
  if (cancelled !== undefined) throw cancelled;
  if (status.kind === "unseen") return { kind: "failed", reason: status };
  return {
    kind: "ran",
    status: status.value,
    milliseconds: performance.now() - begun,
    tools,
  };
}
