import type { ForwardInvocation } from "../../args/invocation.ts";
import { CancelledBySignal } from "../../cancelled_by_signal.ts";
import { explainUnknown, PortholeError } from "../../errors.ts";
import { exitStatusOf } from "../../exit_status.ts";
import { checkSessionProxy } from "../../find_proxy.ts";
import { isLoopback } from "../../is_loopback.ts";
import type { Cancellation } from "../../limits/cancel_on_signal.ts";
import type { Log } from "../../log.ts";
import { formatForward } from "../../output/format_forward.ts";
import type { Report } from "../../report/report.ts";
import { explainUnwritten, writeOutput } from "../../report/write_output.ts";
import { openAws, readConfig } from "../../start/open_access.ts";
import { within } from "../../within.ts";
import type { ForwardTools } from "./forward_tools.ts";
import { keepPortsOpen } from "./keep_ports_open.ts";
import { listenOnPorts, type LocalPort } from "./listen_on_ports.ts";
import { joinAddress, nameRemote } from "./name_remote.ts";
import { runProgram } from "./run_program.ts";
import { serveConnections } from "./serve_connections.ts";

/** How long sessions may take to end. */
const END_MS = 4_000;

/**
 * Runs `porthole forward`.
 *
 * @throws {PortholeError} what kept the ports from being opened, or from staying open.
 */
export async function forward(
  invocation: ForwardInvocation,
  cancellation: Cancellation,
  log: Log,
): Promise<Report> {
  const { deps } = cancellation;
  const config = await cancellation.orCancelled(
    readConfig(invocation, deps, log),
  );
  const access = openAws(config, invocation.shared, deps, log);
  checkSessionProxy(access.region, deps.env);
  const ports = listenOnPorts(invocation, deps);
  if (!isLoopback(invocation.address)) {
    log.warn(
      `Listening on ${invocation.address}: other machines can connect, and reach the task as you do`,
    );
  }
  try {
    return await forwardPorts(ports, {
      invocation,
      config,
      access,
      deps,
      cancellation,
      log,
    });
  } finally {
    for (const { listener } of ports) close(listener);
  }
}

async function forwardPorts(
  ports: readonly LocalPort[],
  tools: ForwardTools,
): Promise<Report> {
  const { invocation, cancellation, deps } = tools;
  const kept = await keepPortsOpen(tools);
  const { log } = kept;
  try {
    await announce(ports, kept, tools);
    for (const [at, port] of ports.entries()) {
      const way = async () => (await kept.current()).ways[at]!;
      void serveConnections(port, way, { deps, log });
    }
    const { command } = invocation;
    if (command === undefined) {
      throw await cancellation.orCancelled(kept.over);
    }
    let lost: PortholeError | undefined;
    void kept.over.then((error) => {
      lost = error;
      log.warn(`${error.message}; the command goes on without its ports`);
    });
    const status = await runProgram(command, ports, deps);
    return { status: lost !== undefined && status === 0 ? 125 : status };
  } catch (error) {
    // From here on stdout has its one object already.
    const explained = explainUnknown(error);
    const status = exitStatusOf(explained, "remote");
    return explained instanceof CancelledBySignal
      ? { status }
      : { error: explained, status };
  } finally {
    await within(END_MS, kept.end(), deps);
  }
}

/** Says what is open; the object for programs is written whole before a connection is taken. */
async function announce(
  ports: readonly LocalPort[],
  { target, route, current, log }: Awaited<ReturnType<typeof keepPortsOpen>>,
  { invocation, access, deps }: ForwardTools,
): Promise<void> {
  const { ways } = await current();
  for (const [at, { address, local, word }] of ports.entries()) {
    const { container } = ways[at]!;
    log.info(
      `Forwarding ${joinAddress(address, local)} to ${nameRemote(word)} ${
        word.host === undefined ? "of" : "through"
      } container "${container}"`,
    );
  }
  if (invocation.output !== "json") return;
  const text = formatForward({
    target,
    route,
    region: access.region,
    ports: ports.map(({ address, local, word }, at) => ({
      address,
      local,
      host: word.host,
      port: word.port,
      container: ways[at]!.container,
    })),
  });
  try {
    await writeOutput(text, deps);
  } catch (error) {
    // Nobody would ever learn which ports are open, a reader that has gone least of all.
    throw error instanceof PortholeError ? error : explainUnwritten(error);
  }
}

function close(listener: Deno.TcpListener): void {
  try {
    listener.close();
  } catch {
    // It was closed with the process's other ports.
  }
}
