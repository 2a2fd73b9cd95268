import assert from "node:assert/strict";
import { drawTerminal } from "../../scripts/draw_terminal.ts";
import { readScreen } from "../../scripts/read_screen.ts";

Deno.test("drawTerminal puts each piece of text where its column is", () => {
  const svg = drawTerminal({
    description: "two lines",
    columns: 10,
    lines: readScreen("ab\x1b[2mcd\x1b[0m\r\n\x1b[1;32mef"),
  });
  const texts = [...svg.matchAll(
    /<text x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"(?: class="([^"]*)")?>([^<]*)</g,
  )].map(([, ...parts]) => parts);
  assert.deepEqual(texts, [
    ["16", "48", "16.8", undefined, "ab"],
    ["32.8", "48", "16.8", "dim", "cd"],
    ["16", "68", "16.8", "bold c2", "ef"],
  ]);
  assert.match(svg, /width="116" height="88"/);
});

Deno.test("drawTerminal escapes what SVG reads as its own", () => {
  const svg = drawTerminal({
    description: 'a "quoted" text',
    columns: 10,
    lines: readScreen("<a> & b"),
  });
  assert.match(svg, />&lt;a&gt; &amp; b</);
  assert.match(svg, /aria-label="a &quot;quoted&quot; text"/);
});

Deno.test("drawTerminal has colors for light and dark readers", () => {
  const svg = drawTerminal({ description: "", columns: 1, lines: [] });
  assert.match(svg, /@media \(prefers-color-scheme: dark\)/);
  const [light = "", dark = ""] = svg.split("@media");
  const classes = (css: string) =>
    [...css.matchAll(/(\.\w+|text) \{/g)].map(([, name]) => name)
      .filter((name) => name !== ".bold");
  assert.deepEqual(classes(dark), classes(light));
});
