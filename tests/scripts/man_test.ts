import assert from "node:assert/strict";
import { isThere } from "../../scripts/install_packages.ts";
import { MAN_PAGE } from "../../scripts/man.ts";
import { readManifest } from "../../scripts/project.ts";
import { renderManPage } from "../../scripts/render_man_page.ts";
import { type Flag, FLAGS } from "../../src/args/flags.ts";
import { VERB_HELP } from "../../src/args/verbs.ts";

const groff = await isThere("groff");

/** Formats a page with every warning there is; its text has no line breaks but between paragraphs. */
async function format(page: string) {
  const child = new Deno.Command("groff", {
    args: ["-man", "-ww", "-Tascii", "-P-cbou", "-rLL=100n"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(page));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    text: decode(stdout).replaceAll(/\s+/g, " "),
    warnings: decode(stderr),
  };
}

Deno.test("docs/porthole.1 is what scripts/dev man writes", async () => {
  assert.equal(
    await Deno.readTextFile(MAN_PAGE),
    renderManPage(readManifest().version),
    "the tables have changed: run scripts/dev man",
  );
});

Deno.test({
  name:
    "the man page is formatted without a warning, and shows every text as it is",
  ignore: !groff,
  fn: async () => {
    const { text, warnings } = await format(await Deno.readTextFile(MAN_PAGE));
    assert.equal(warnings, "");
    for (const { name, usage, examples, notes, details = [] } of VERB_HELP) {
      const lines = examples.map(([line]) => line);
      for (
        const part of [
          `porthole ${name} ${usage}`.trim(),
          ...lines,
          ...notes,
          ...details,
        ]
      ) {
        assert.ok(text.includes(part.replaceAll(/\s+/g, " ")), part);
      }
    }
    for (const { name, short, env } of FLAGS as readonly Flag[]) {
      const letter = short === undefined ? "" : `-${short}, `;
      assert.ok(text.includes(` ${letter}--${name}`), name);
      assert.ok(env === undefined || text.includes(env), name);
    }
    for (
      const section of [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "COMMANDS",
        "FLAGS",
        "ENVIRONMENT",
        "EXIT STATUS",
        "FILES",
        "EXAMPLES",
      ]
    ) {
      assert.ok(text.includes(` ${section} `), section);
    }
  },
});
