import { present } from "../../present.ts";
import { accountOfArn } from "../../account_of_arn.ts";
import type { RunInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import {
  type DetachedRun,
  formatDetachedRun,
} from "../../output/format_detached_run.ts";
import { formatRunPlan } from "../../output/format_run_plan.ts";
import { announceRun } from "./announce_run.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import { describeRunPlan } from "./describe_run_plan.ts";
import { openAws, readConfig } from "../../start/open_access.ts";
import { describeCommand } from "../../exec/prepare_command.ts";
import { prepareRun } from "./prepare_run.ts";
import type { Report } from "../../report/report.ts";
import { reportResult } from "../../report/report_result.ts";
import { type DetachedMode, runDetached } from "./run_detached.ts";
import { toLine } from "../../quote_value.ts";

/** Starts tasks, leaves them, and makes a report of it. It never rejects. */
export async function reportDetached(
  invocation: RunInvocation,
  mode: DetachedMode,
  { cancellation, log }: {
    readonly cancellation: Cancellation;
    readonly log: Log;
  },
): Promise<Report> {
  const { deps } = cancellation;
  const { output, result: path } = invocation;
  return await reportResult<DetachedRun>(
    {
      initial: { tasks: [] },
      path,
      format: formatDetachedRun,
      ...(output === "json" ? { print: formatDetachedRun } : {}),
      end: () => ({ endedAt: deps.now() }),
    },
    { deps, log },
    async (learn) => {
      const { config, access, prepared } = await cancellation.orCancelled(
        decide(invocation, { deps, log, learn }),
      );
      if (invocation.dryRun) {
        const plan = describeRunPlan(invocation, prepared, { config, access });
        return { kind: "plan", text: formatRunPlan(plan, output) };
      }
      learn({ startedAt: deps.now() });
      const status = await runDetached(prepared, {
        mode,
        limitMs: config.timeoutMs.value,
        shared: invocation.shared,
        printIds: async (ids) => {
          if (mode.logs) { for (const id of ids) log.info(`Task ID: ${id}`); }
          else if (output === "text") await printIds(ids, deps);
        },
        learn: (tasks) => learn({ tasks }),
        access,
        deps,
        log: announceRun(prepared, log),
        cancellation,
      });
      return { kind: "status", status };
    },
  );
}

/** Finds out what to start; it only reads, and asks where it has to. */
async function decide(
  invocation: RunInvocation,
  { deps, log, learn }: {
    readonly deps: Deps;
    readonly log: Log;
    readonly learn: (facts: Partial<DetachedRun>) => void;
  },
) {
  const { command } = invocation;
  const config = await readConfig(invocation, deps, log);
  if (command.kind !== "shell") {
    learn({ command: describeCommand(command, config) });
  }
  const access = openAws(config, invocation.shared, deps, log);
  learn({
    cluster: nameOfArn(config.cluster.value),
    ...present({ service: config.service && nameOfArn(config.service.value) }),
    region: access.region,
    profile: config.profile?.value,
  });
  const prepared = await prepareRun(invocation, { config, access, deps, log });
  learn({
    cluster: nameOfArn(prepared.service.clusterArn),
    account: accountOfArn(prepared.service.arn),
    service: prepared.service.name,
    taskDefinition: nameOfArn(prepared.definition.arn),
    container: prepared.container.name,
  });
  return { config, access, prepared };
}

/** A closed reader of the ids is not a reason to fail, for the tasks run; a failed write is. */
async function printIds(
  ids: readonly string[],
  { stdout }: Pick<Deps, "stdout">,
): Promise<void> {
  const lines = ids.map((id) => `${toLine(id)}\n`).join("");
  try {
    await stdout.write(new TextEncoder().encode(lines));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return;
    throw new PortholeError(
      "io_failed",
      `Cannot print the ids of what was started (${ids.join(", ")}): ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
}
