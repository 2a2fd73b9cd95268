import { projectRoot } from "./project.ts";
import { runCommand } from "./run_command.ts";

/** What stands for the repository where nothing tells its name. */
export const UNKNOWN_REPOSITORY = "OWNER/porthole";

/**
 * Where the repository lives, as `OWNER/NAME`: what GitHub Actions says (GITHUB_REPOSITORY), else the
 * work tree's remote "origin". The binary, the formula, the manifest and the installers take it from here.
 */
export async function findRepository(): Promise<string> {
  const said = Deno.env.get("GITHUB_REPOSITORY");
  if (said) return said;
  try {
    const address = await runCommand(
      ["git", "-C", projectRoot, "remote", "get-url", "origin"],
    );
    return readRemote(address.trim()) ?? UNKNOWN_REPOSITORY;
  } catch {
    return UNKNOWN_REPOSITORY;
  }
}

/** The `OWNER/NAME` in the address of a remote on GitHub; undefined for any other. */
export function readRemote(address: string): string | undefined {
  return /^(?:https:\/\/(?:[^@/]+@)?|ssh:\/\/git@|git@)github\.com[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/
    .exec(address)?.[1];
}
