/**
 * Prints what CHANGELOG.md says about the version in deno.json: the text of its release.
 */
import { projectRoot, readManifest } from "../project.ts";
import { runScript } from "../run_script.ts";

/**
 * Returns the section of a version, without its heading; throws where there is none, or nothing in it.
 * The form is Keep a Changelog's: `## [1.2.3] - 2026-01-31`.
 */
export function readSection(changelog: string, version: string): string {
  const lines = changelog.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`## [${version}]`));
  if (start === -1) {
    throw new Error(
      `Cannot find version ${version} in CHANGELOG.md: it has no "## [${version}] - DATE"`,
    );
  }
  const heading = lines[start] ?? "";
  if (!/^## \[[^\]]+\] - \d{4}-\d\d-\d\d$/.test(heading)) {
    throw new Error(
      `Cannot read CHANGELOG.md:${
        start + 1
      }: "${heading}" is not "## [${version}] - YYYY-MM-DD"`,
    );
  }
  const length = lines.slice(start + 1).findIndex((line) =>
    line.startsWith("## ") || /^\[[^\]]+\]: /.test(line)
  );
  const end = length === -1 ? lines.length : start + 1 + length;
  const text = lines.slice(start + 1, end).join("\n").trim();
  if (text === "") {
    throw new Error(
      `Cannot use CHANGELOG.md:${start + 1}: it says nothing about ${version}`,
    );
  }
  return text;
}

/** Reads the section of the version in deno.json. */
export async function readReleaseNotes(): Promise<string> {
  const text = await Deno.readTextFile(`${projectRoot}CHANGELOG.md`);
  return readSection(text, readManifest().version);
}

if (import.meta.main) {
  await runScript(async () => console.log(await readReleaseNotes()));
}
