import type { Log } from "../../log.ts";
import { nameOfArn } from "../../name_of_arn.ts";
import type { PreparedRun } from "./prepare_run.ts";

/** Says what is about to be started; resolves with the log for it. */
export function announceRun(
  { service, definition }: PreparedRun,
  log: Log,
): Log {
  const own = log.withPrefix(
    `${service.name}/${nameOfArn(service.clusterArn)}`,
  );
  own.info("Starting run");
  own.info(`Task definition: ${nameOfArn(definition.arn)}`);
  return own;
}
