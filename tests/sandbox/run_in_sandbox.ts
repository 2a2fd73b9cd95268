import type { Sandbox } from "./sandbox.ts";

/** How long after a TSTP a command that stops is taken to have stopped by it. */
const stopWaitMs = 1000;

/**
 * Runs a command with the sandbox's environment, in the caller's directory and
 * on the caller's terminal; the result is its exit status. INT, QUIT and TSTP
 * come from the terminal and reach the command by themselves; TERM and HUP are
 * passed on. Only with a command that TSTP stops does the sandbox stop too, so
 * that the caller's shell gets its terminal back; CONT then comes to both. (Where
 * there is no /proc it stops with every TSTP.)
 */
export async function runInSandbox(
  sandbox: Sandbox,
  [file = "", ...args]: readonly string[],
): Promise<number> {
  const ignore = () => {};
  let child: Deno.ChildProcess | undefined;
  let stopUntil = 0;
  const stopWithChild = () => {
    if (Date.now() > stopUntil || child === undefined) return;
    if (!isStopped(child.pid)) return;
    stopUntil = 0;
    Deno.kill(Deno.pid, "SIGSTOP");
  };
  // Listening is what keeps a signal from ending or stopping the sandbox. It goes on to the end: a signal that is still
  // on its way when a listener goes does what it does by default.
  const handled = [
    ["SIGINT", ignore],
    ["SIGQUIT", ignore],
    ...(Deno.build.os === "linux"
      ? [
        ["SIGTSTP", () => {
          stopUntil = Date.now() + stopWaitMs;
          stopWithChild();
        }],
        ["SIGCHLD", stopWithChild],
      ] as const
      : []),
  ] as const;
  const pass = (signal: Deno.Signal) => () => {
    try {
      child?.kill(signal);
    } catch {
      // It has ended already.
    }
  };
  const passed = (["SIGTERM", "SIGHUP"] as const).map((signal) =>
    [signal, pass(signal)] as const
  );
  for (const [signal, listener] of [...handled, ...passed]) {
    Deno.addSignalListener(signal, listener);
  }
  try {
    child = new Deno.Command(file, {
      args,
      cwd: Deno.env.get("INIT_CWD") ?? Deno.cwd(),
      env: {
        ...dropAwsVariables(Deno.env.toObject()),
        ...environmentOf(sandbox),
      },
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).code;
  } catch (error) {
    if (
      !(error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.PermissionDenied)
    ) throw error;
    console.error(`error: Cannot run ${file}: ${error.message}`);
    return error instanceof Deno.errors.NotFound ? 127 : 126;
  }
}

/** What a program in the sandbox has in its environment: where there is a rack, it goes through it. */
export function environmentOf(
  { env, rack }: Pick<Sandbox, "env" | "rack">,
): Readonly<Record<string, string>> {
  return rack === undefined ? env : { ...env, PORTHOLE_RACK: rack.secretUrl };
}

/** Whether job control has stopped a process: state T, which follows its name. Needs /proc. */
function isStopped(pid: number): boolean {
  try {
    return /\) T /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    // It has ended.
    return false;
  }
}

/** Without the caller's own AWS settings, none of which may reach past the sandbox. */
function dropAwsVariables(
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) =>
      !name.startsWith("AWS_") || name === "AWS_CA_BUNDLE"
    ),
  );
}
