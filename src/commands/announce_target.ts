import type { Access } from "../access/access.ts";
import type { ExecInvocation } from "../args/invocation.ts";
import type { Config } from "../config/config.ts";
import type { Deps } from "../deps.ts";
import type { Log } from "../log.ts";
import { dimText, usesColor } from "../output/style_text.ts";
import { askLine } from "../prompt/ask_line.ts";
import { findTarget } from "../target/find_target.ts";
import { nameOfArn, type Target } from "../target/target.ts";

/**
 * Finds the container and says so in the documented lines, the first as soon as their prefix is known.
 *
 * A dry run starts nothing, so it announces nothing.
 */
export async function announceTarget(
  { invocation, config, command }: {
    readonly invocation: ExecInvocation;
    readonly config: Config;
    /** As the user typed it. */
    readonly command: string;
  },
  access: Access,
  deps: Deps,
  log: Log,
): Promise<{ readonly target: Target; readonly log: Log }> {
  const announce = (log: Log, text: string) =>
    invocation.dryRun || log.info(text);
  const cluster = nameOfArn(config.cluster.value);
  const early = config.service !== undefined && invocation.task === undefined
    ? log.withPrefix(`${nameOfArn(config.service.value)}/${cluster}`)
    : undefined;
  if (early !== undefined) announce(early, "Starting exec");

  const target = await findTarget(
    access,
    {
      cluster: config.cluster.value,
      ...(config.service === undefined
        ? {}
        : { service: config.service.value }),
      ...(invocation.task === undefined ? {} : { task: invocation.task }),
      ...(invocation.container === undefined
        ? {}
        : { container: invocation.container }),
      ...(invocation.pick === undefined ? {} : { pick: invocation.pick }),
    },
    {
      canAsk: deps.stdin.isTerminal && deps.stderr.isTerminal &&
        !invocation.shared.noInput,
      announce: (heading) => (early ?? log).info(heading),
      print: deps.stderr.writeText,
      ask: (question) => askLine(question, deps),
      ...(usesColor(invocation.shared.color, deps) ? { dim: dimText } : {}),
      now: deps.now,
      random: Math.random,
    },
  );

  const found = early ??
    log.withPrefix(`${target.service ?? "-"}/${target.cluster}`);
  if (early === undefined) announce(found, "Starting exec");
  announce(found, `Task ID: ${target.task.id}`);
  for (const note of target.notes) found.info(note);
  announce(found, `Container: ${target.container.name}`);
  announce(found, `Command: ${command}`);
  return { target, log: found };
}
