import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import type { LocalPort } from "./listen_on_ports.ts";

/**
 * Runs a program of this machine with the numbers of the ports, and resolves with its status. Keys that
 * interrupt are the program's alone; what ends porthole is passed on to it.
 *
 * @throws {PortholeError} command_not_found, not_executable, cannot_start
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  ports: readonly Pick<LocalPort, "local">[],
  deps: Pick<Deps, "spawn" | "onSignal">,
): Promise<number> {
  const [program, ...args] = command.map((word) => fillPorts(word, ports));
  let child: ReturnType<Deps["spawn"]>;
  try {
    child = deps.spawn({
      command: program!,
      args,
      env: {
        PORTHOLE_PORT: String(ports[0]!.local),
        ...Object.fromEntries(
          ports.map(({ local }, at) => [
            `PORTHOLE_PORT_${at + 1}`,
            String(local),
          ]),
        ),
      },
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      tied: true,
    });
  } catch (error) {
    throw explainStart(error, program!);
  }
  const stops = [
    ...(["SIGINT", "SIGQUIT"] as const).map((signal) =>
      deps.onSignal(signal, () => {})
    ),
    ...(["SIGTERM", "SIGHUP"] as const).map((signal) =>
      deps.onSignal(signal, () => child.kill(signal))
    ),
  ];
  try {
    return (await child.exit).code;
  } finally {
    for (const stop of stops) stop();
  }
}

/** `{port}` and `{port_1}` are the first port, `{port_2}` the second one. */
function fillPorts(
  word: string,
  ports: readonly Pick<LocalPort, "local">[],
): string {
  return word.replaceAll(
    /\{port(?:_(\d+))?\}/g,
    (place, number = "1") => String(ports[Number(number) - 1]?.local ?? place),
  );
}

function explainStart(error: unknown, program: string): PortholeError {
  const cannot = `run ${quoteValue(program)}`;
  const details = { cause: error };
  if (error instanceof Deno.errors.NotFound) {
    return new PortholeError("command_not_found", {
      cannot,
      because: "this machine has no such program",
    }, details);
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new PortholeError("not_executable", {
      cannot,
      because: "it is not executable",
    }, details);
  }
  return new PortholeError("cannot_start", {
    cannot,
    because: messageOf(error),
  }, details);
}
