import type { Task } from "../../access/access.ts";
import type { ExecAllInvocation } from "../../args/invocation.ts";
import { missingService } from "../../args/parse_exec_all.ts";
import type { Deps } from "../../deps.ts";
import { describeCommand } from "../../exec/prepare_command.ts";
import { type Ground, prepareGround } from "../../exec/prepare_ground.ts";
import { withinTimeout } from "../../limits/within_timeout.ts";
import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { readConfig } from "../../start/open_access.ts";
import type { Chooser } from "../../target/chooser.ts";
import { findRunningTasks } from "../../target/find_task.ts";
import { prepareOutputDir } from "./output_dir.ts";
import { rememberNames } from "./remember_names.ts";

/** What is known before the first task is entered. */
export interface GatheredTasks {
  readonly ground: Ground;
  /** In the order of every list. */
  readonly tasks: readonly Task[];
  /** Asks nobody. */
  readonly chooser: Chooser;
  /** With the prefix of the service. */
  readonly log: Log;
}

/** Finds out what runs; it only reads, and says what is about to begin. */
export async function gatherTasks(
  invocation: ExecAllInvocation,
  { deps, log }: { readonly deps: Deps; readonly log: Log },
): Promise<GatheredTasks> {
  const { allServices, outputDir, dryRun, shared, command } = invocation;
  const config = await readConfig(invocation, deps, log);
  const cluster = config.cluster.value;
  const service = allServices ? undefined : config.service?.value;
  if (!allServices && service === undefined) throw missingService();
  if (outputDir !== undefined) await prepareOutputDir(outputDir, deps);
  const ground = await prepareGround(invocation, config, { deps, log });
  const access = rememberNames(ground.access);
  const tasks = await withinTimeout(
    findRunningTasks(
      access,
      service === undefined ? { cluster } : { cluster, service },
    ),
    config,
    deps,
  );
  const place = log.withPrefix(
    `${service === undefined ? "-" : nameOfArn(service)}/${nameOfArn(cluster)}`,
  );
  if (!dryRun) {
    place.info("Starting exec");
    place.info(`Tasks: ${tasks.length}`);
    place.info(`Command: ${describeCommand(command, config)}`);
  }
  const asking = { ...invocation, shared: { ...shared, noInput: true } };
  const chooser = createChooser(asking, config, deps, log);
  return { ground: { ...ground, access }, tasks, chooser, log: place };
}
