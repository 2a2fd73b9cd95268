import { readRequest } from "../../exec/announce_target.ts";
import { createChooser } from "../../start/create_chooser.ts";
import { findTarget } from "../../target/find_target.ts";
import type { Target, TargetRequest } from "../../target/target.ts";
import type { ForwardTools } from "./forward_tools.ts";

/** Finds the container to forward to, and says so. */
export async function findForwardTarget<T extends ForwardTools>(
  tools: T,
  known: Partial<TargetRequest> = {},
): Promise<{ readonly target: Target; readonly tools: T }> {
  const { invocation, config, access, deps, log } = tools;
  let current = log;
  const enterPlace = (service: string, cluster: string) => {
    current = log.withPrefix(`${service}/${cluster}`);
  };
  const request = {
    ...readRequest(invocation, config),
    usage: "porthole forward SERVICE 8080:80",
    ...known,
  };
  const target = await findTarget(access, request, {
    ...await createChooser(invocation, config, deps, log),
    announce: (heading) => current.info(heading),
    enterPlace,
  });
  enterPlace(target.service ?? "-", target.cluster);
  current.info(`Task ID: ${target.task.id}`);
  for (const note of target.notes) current.info(note);
  return { target, tools: { ...tools, log: current } };
}
