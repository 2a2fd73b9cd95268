import type { PluginInvocation } from "../../args/invocation.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { findInPath } from "../../find_in_path.ts";
import { quotePath } from "../../quote_value.ts";
import type { Log } from "../../log.ts";
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
  log: Pick<Log, "warn">,
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
  const inPath = await findInPath([PLUGIN_NAME], deps);
  for (const other of force ? [] : [inPath, path]) {
    if (other === undefined || !await isOther(other, deps)) continue;
    throw refuse(
      `${quotePath(other)} is another one, probably AWS's own`,
      other === path
        ? "--force puts a link in its place"
        : "--force makes the link all the same; which of the two is found depends on PATH",
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
  const found = await findInPath([PLUGIN_NAME], deps);
  if (found === undefined) {
    log.warn(
      "The folder of the link is not in PATH, so no program finds it: add it there, or name another one with --dir",
    );
  } else if (await isOther(found, deps)) {
    log.warn(`PATH has another one first: ${quotePath(found)}`);
  }
  return { stdout: `${path}\n`, status: 0 };
}

/** Whether something is there, and leads to another program; a link that leads nowhere is free to be replaced. */
async function isOther(
  path: string,
  deps: Pick<Deps, "realPath">,
): Promise<boolean> {
  const leads = await deps.realPath(path).then(() => true, () => false);
  return leads && !await isPorthole(path, deps);
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
