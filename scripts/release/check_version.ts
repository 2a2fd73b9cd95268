/**
 * Checks that a tag, the version in deno.json and CHANGELOG.md agree: `check_version.ts [TAG]`. Prints
 * what the workflow's other jobs need to know, one `name=value` a line.
 */
import { readManifest } from "../project.ts";
import { runScript } from "../run_script.ts";
import { readReleaseNotes } from "./read_changelog.ts";

/** Throws unless `version` is one of semver.org's and the tag, if there is one, is `v` and that version. */
export function checkVersion(version: string, tag?: string): void {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    throw new Error(
      `Cannot release version "${version}" of deno.json: it is not of the form 1.2.3 or 1.2.3-rc.1`,
    );
  }
  if (tag !== undefined && tag !== `v${version}`) {
    throw new Error(
      `Cannot release tag "${tag}": the version in deno.json is ${version}, so the tag is v${version}`,
    );
  }
}

/** Whether a version comes before a release, and so is for those only who ask for it by name. */
export function isPrerelease(version: string): boolean {
  return version.includes("-");
}

if (import.meta.main) {
  await runScript(async () => {
    const { version } = readManifest();
    checkVersion(version, Deno.args[0]);
    await readReleaseNotes();
    console.log(`version=${version}\nprerelease=${isPrerelease(version)}`);
  });
}
