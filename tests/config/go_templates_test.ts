import assert from "node:assert/strict";
import { renderTemplate } from "../../src/config/render_template.ts";

/**
 * Templates, and what text/template of Go 1.19 makes of them, with the functions env, must_env and
 * json_escape beside its own.
 */
const VECTORS: readonly (readonly [template: string, text: string])[] = JSON
  .parse(
    await Deno.readTextFile(new URL("./go_templates.json", import.meta.url)),
  );

const VARIABLES: Readonly<Record<string, string>> = {
  REGION: "eu-west-1",
  EMPTY: "",
  QUOTED: 'a"b\\c\n',
};

async function render(text: string) {
  return await renderTemplate(
    { name: "a.yml", path: "/a.yml", text },
    (name) => VARIABLES[name],
  );
}

Deno.test("templates yield what they yield in Go", async () => {
  assert.ok(VECTORS.length >= 300);
  for (const [template, text] of VECTORS) {
    const rendered = await render(template);
    assert.deepEqual(rendered.marks, [], template);
    assert.equal(rendered.text, text, template);
  }
});

// Each with what Go 1.19 says of it.
for (
  const [template, said] of [
    ["{{ nil }}", /"nil" is not supported/],
    ["{{ eq 1 1.0 }}", /int and float64 cannot be compared/],
    ['{{ eq "a" 1 }}', /string and int cannot be compared/],
    ["{{ eq true 1 }}", /bool and int cannot be compared/],
    ["{{ lt true false }}", /bool and bool cannot be compared/],
    ["{{ eq 1 }}", /eq needs values/],
    ["{{ eq }}", /eq needs values/],
    ["{{ lt 1 2 3 }}", /lt needs two/],
    ["{{ and }}", /and needs values/],
    ["{{ or }}", /or needs values/],
    ["{{ not 1 2 }}", /not needs one/],
    ["{{ printf }}", /printf needs a format/],
    ['{{ "a" | "b" }}', /"b" is not supported/],
    ['{{ "a" "b" }}', /"a" is not supported/],
    ["{{ $x }}", /the variable \$x is not defined/],
    ["{{ $x = 1 }}", /the variable \$x is not defined/],
    ["{{ if $x }}{{ end }}", /the variable \$x is not defined/],
    ["{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", /\$x is not defined/],
    ["{{ if $x := 1 }}{{ end }}{{ $x }}", /\$x is not defined/],
    ["{{ $x := $x }}{{ $x }}", /\$x is not defined/],
    ["{{ if }}{{ end }}", /names no function/],
    ["{{ if true }}{{ else with 1 }}{{ end }}{{ end }}", /end belongs to no/],
    ["{{ end }}", /end belongs to no block/],
    ["{{ else }}", /else belongs to no block/],
    ["{{ if true }}", /end }} is missing/],
    ["{{ if true }}{{ else }}", /end }} is missing/],
    ["{{ if true }}{{ else }}{{ else }}{{ end }}", /else belongs to no block/],
    ["{{ if true }}{{ else }}{{ else if 1 }}{{ end }}", /else belongs to no/],
    ["{{ end x }}", /"x" is not supported/],
    ["{{ range 1 }}{{ end }}", /"range" is not supported/],
    ["{{ range $i, $x := 1 }}{{ else }}{{ end }}", /"range" is not supported/],
    ['{{ template "x" }}', /"template" is not supported/],
    ['{{ define "x" }}{{ end }}', /"define" is not supported/],
    ["{{ break }}", /"break" is not supported/],
    ["{{ $x.Name }}", /not supported/],
    ["{{ . }}", /"\." is not supported/],
    ["{{ 'a' }}", /"'" is not supported/],
    ["{{ (1 }}", /the parenthesis has no end/],
    ["{{ 1) }}", /"\)" is not supported/],
    [`${"{{ if 1 }}".repeat(101)}${"{{ end }}".repeat(101)}`, /too deeply/],
    [`{{ ${"(".repeat(101)}1${")".repeat(101)} }}`, /too many parentheses/],
    [
      `{{ $x := "0123456789" }}${
        "{{ $x = print $x $x $x $x }}".repeat(20)
      }{{ $x }}`,
      /what print yields is too long/,
    ],
    [
      `{{ $x := printf "%10000d" 1 }}${"{{ $x }}".repeat(1000)}`,
      /too long with its templates/,
    ],
  ] as const
) {
  Deno.test(`${template.slice(0, 60)} is an error`, async () => {
    const error = await render(template).then(
      ({ marks }) => marks.find(({ error }) => error !== undefined)?.error,
      (error) => error,
    );
    assert.match(String(error?.message), said);
  });
}
