import type { PluginInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { findInPath } from "../../find_in_path.ts";
import { quotePath } from "../../quote_value.ts";
import type { Report } from "../../report/report.ts";
import { isPorthole, PLUGIN_NAME } from "../../session/plugin/is_porthole.ts";

/**
 * Makes the link by which callers of AWS's plugin find porthole.
 *
 * @throws {PortholeError} cannot_link; then nothing was changed.
 */
export async function installPlugin(
  { dir, force }: PluginInvocation,
  deps: Pick<
    Deps,
    | "platform"
    | "env"
    | "isExecutable"
    | "programPath"
    | "realPath"
    | "makeLink"
    | "cwd"
  >,
): Promise<Report> {
  const { programPath, platform } = deps;
  if (programPath === undefined) {
    throw refuse("only the compiled program can be one");
  }
  const program = await deps.realPath(programPath);
  const folder = dir ?? program.replace(/[\\/][^\\/]*$/, "");
  const path = `${
    absolute(folder, deps.cwd()).replace(/[\\/]+$/, "")
  }/${PLUGIN_NAME}${platform === "windows" ? ".exe" : ""}`;
  const other = await findInPath([PLUGIN_NAME], deps);
  if (other !== undefined && !force && !await isPorthole(other, deps)) {
    throw refuse(
      `${quotePath(other)} is another one, probably AWS's own`,
      "--force makes the link all the same; which of the two is found depends on PATH",
    );
  }
  try {
    await deps.makeLink(program, path);
  } catch (error) {
    throw error instanceof Deno.errors.AlreadyExists
      ? refuse(
        `${quotePath(path)} is a file, and not a link to porthole`,
        "remove it first, or name another folder with --dir",
      )
      : refuse(
        messageOf(error),
        "--dir names a folder of PATH that you may write to",
      );
  }
  return { stdout: `${path}\n`, status: 0 };
}

function absolute(folder: string, cwd: string): string {
  return /^([a-z]:)?[\\/]/i.test(folder) ? folder : `${cwd}/${folder}`;
}

function refuse(because: string, hint?: string): PortholeError {
  return new PortholeError(
    "cannot_link",
    `Cannot install porthole as session-manager-plugin: ${because}`,
    { hint },
  );
}
