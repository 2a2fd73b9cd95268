import assert from "node:assert/strict";
import { projectRoot } from "../../scripts/project.ts";
import { HOST_SETTING } from "../../src/docker/docker_address.ts";
import { type ErrorCode, ERRORS } from "../../src/errors.ts";
import { exitStatusFor } from "../../src/exit_status.ts";
import {
  FARGATE_WITHOUT_EXEC,
  tellHowToRestart,
} from "../../src/fargate_without_exec.ts";
import { readGuide } from "./read_guides.ts";

const PATH = "docs/troubleshooting.md";
const guide = readGuide(PATH, Deno.readTextFileSync(projectRoot + PATH));

/** The sections that are about a code, by their headings. */
const sections = new Map(
  guide.text.split(/^## /m).map((section) =>
    [section.slice(0, section.indexOf("\n")), section] as const
  ),
);

Deno.test("the troubleshooting guide has every error code, in the table's order", () => {
  const codes = [...sections.keys()].filter((name) => /^[a-z_]+$/.test(name));
  assert.deepEqual(codes, Object.keys(ERRORS));
});

Deno.test("the troubleshooting guide says of each code what the program says, and what it looks like", () => {
  for (const [name, meaning] of Object.entries(ERRORS)) {
    const status = exitStatusFor(name as ErrorCode, "remote");
    const section = sections.get(name) ?? "";
    assert.ok(
      section.replaceAll(/\s+/g, " ").includes(`Status ${status}: ${meaning}.`),
      `${name}: Status ${status}: ${meaning}.`,
    );
    assert.match(section, /^```text\nerror: /m, name);
  }
});

Deno.test("the errors of the troubleshooting guide are ones that the program has", async () => {
  const source = (await Promise.all(listSources(`${projectRoot}src`)))
    .join("\n")
    // A text may be in several literals, and a template's values on lines of their own.
    .replaceAll(/"\s*\+\s*"/g, "")
    .replaceAll(
      /and \$\{\s*tellUnasked\(noInput\)\s*\}/g,
      "and there is no terminal to ask on",
    )
    // The halves of a message may stand apart.
    .replaceAll(/cannot: [`"](.*?)[`"],\s*because: [`"]/gs, "Cannot $1: ")
    .replaceAll('\\"', '"').replaceAll("${HOST_SETTING}", HOST_SETTING)
    .replaceAll(
      "${attempt}, which is still running`",
      "Cannot stop task …, which is still running: …",
    )
    .replaceAll(
      "${FARGATE_WITHOUT_EXEC}; ${remedy}",
      `${FARGATE_WITHOUT_EXEC}; ${tellHowToRestart("")}`,
    );
  const shown = guide.blocks.filter(({ language }) => language === "text")
    .flatMap(({ text }) => text.trimEnd().split("\n"));
  const unknown = shown.filter((line) =>
    !line.startsWith("error: ") ||
    !fixedParts(line.slice("error: ".length)).every((part) =>
      source.includes(part)
    )
  );
  assert.deepEqual(unknown, []);
});

/** What stands between a message's names and numbers, and the quotes around them. */
function fixedParts(message: string): readonly string[] {
  return message.split(/"?…"?(?:: )?|:\d+:\d+:/).map((part) => part.trim())
    .filter((part) => part.length > 2);
}

function listSources(folder: string): readonly Promise<string>[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? listSources(`${folder}/${name}`)
      : [Deno.readTextFile(`${folder}/${name}`)]
  );
}
