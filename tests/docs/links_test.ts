import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { projectRoot } from "../../scripts/project.ts";
import { type Guide, readGuides } from "./read_guides.ts";

Deno.test("every link of the guides leads to a file, and to a heading that is there", () => {
  const lost = readGuides().flatMap((guide) =>
    findLinks(guide).filter((link) => !leadsSomewhere(guide, link))
      .map((link) => `${guide.path}: ${link}`)
  );
  assert.deepEqual(lost, []);
});

Deno.test("every guide can be found from the README", () => {
  const [readme, ...guides] = readGuides();
  const links = findLinks(readme!);
  assert.deepEqual(
    guides.map(({ path }) => path).filter((path) => !links.includes(path)),
    [],
  );
});

/** Targets of links and of pictures, but for those on the web. */
function findLinks({ text }: Guide): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link)
    .filter((link) => !/^https?:/.test(link));
}

function leadsSomewhere({ path, text }: Guide, link: string): boolean {
  const [file = "", heading] = link.split("#");
  const target = file === "" ? path : join(dirname(path), file);
  try {
    const page = file === "" ? text : Deno.readTextFileSync(
      projectRoot + target,
    );
    return heading === undefined || listAnchors(page).includes(heading);
  } catch {
    return false;
  }
}

/** The names that GitHub gives to headings. */
function listAnchors(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-")
  );
}
