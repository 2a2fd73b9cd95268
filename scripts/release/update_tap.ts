/**
 * Commits a file to a checked-out tap or bucket, and pushes it: `update_tap.ts FILE FOLDER`, with the file's
 * new content and the folder in the tap where it belongs. Nothing happens where it is there already.
 */
import { basename } from "node:path";
import { readManifest } from "../project.ts";
import { runCommand } from "../run_command.ts";
import { runScript } from "../run_script.ts";

/** Returns whether there was anything to push. */
export async function updateTap(
  file: string,
  folder: string,
  version: string,
): Promise<boolean> {
  const git = (...args: string[]) => runCommand(["git", "-C", folder, ...args]);
  const name = basename(file);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(file, `${folder}/${name}`);
  if (await git("status", "--porcelain", "--", name) === "") return false;
  await git("add", "--", name);
  await git(
    ...["-c", "user.name=porthole release"],
    ...["-c", "user.email=porthole@users.noreply.github.com"],
    ...["commit", "--quiet", "-m", `porthole ${version}`, "--", name],
  );
  await git("push", "--quiet");
  return true;
}

if (import.meta.main) {
  await runScript(async () => {
    const [file, folder, ...rest] = Deno.args;
    if (file === undefined || folder === undefined || rest.length > 0) {
      throw new Error("Cannot update a tap: give FILE and FOLDER");
    }
    const { version } = readManifest();
    const changed = await updateTap(file, folder, version);
    console.log(changed ? `Pushed porthole ${version}` : "Nothing to push");
  });
}
