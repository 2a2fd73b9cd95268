import type { Sandbox } from "./sandbox.ts";

/**
 * Runs a command with the sandbox's environment, in the caller's directory and
 * on the caller's terminal; the result is its exit status. INT, QUIT and TSTP
 * come from the terminal and reach the command by themselves; TERM and HUP are
 * passed on.
 */
export async function runInSandbox(
  sandbox: Sandbox,
  [file = "", ...args]: readonly string[],
): Promise<number> {
  const ignore = () => {};
  // Listening is what keeps the signal from ending the sandbox.
  const ignored = ["SIGINT", "SIGQUIT"] as const;
  for (const signal of ignored) Deno.addSignalListener(signal, ignore);
  let child: Deno.ChildProcess | undefined;
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
  for (const [signal, listener] of passed) {
    Deno.addSignalListener(signal, listener);
  }
  try {
    child = new Deno.Command(file, {
      args,
      cwd: Deno.env.get("INIT_CWD") ?? Deno.cwd(),
      env: { ...dropAwsVariables(Deno.env.toObject()), ...sandbox.env },
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
  } finally {
    for (const signal of ignored) Deno.removeSignalListener(signal, ignore);
    for (const [signal, listener] of passed) {
      Deno.removeSignalListener(signal, listener);
    }
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
