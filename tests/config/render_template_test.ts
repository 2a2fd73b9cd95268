import assert from "node:assert/strict";
import fc from "fast-check";
import { originOf, renderTemplate } from "../../src/config/render_template.ts";
import { PortholeError } from "../../src/errors.ts";
import { expectTextError, loadText } from "./load.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

const VARIABLES: Readonly<Record<string, string>> = {
  REGION: "eu-west-1",
  EMPTY: "",
  QUOTED: 'a"b\\c\n',
};

function render(text: string) {
  return renderTemplate(
    { name: "a.yml", path: "/a.yml", text },
    (name) => VARIABLES[name],
  );
}

Deno.test("templates are filled in as ecspresso does", async () => {
  const texts: Record<string, string> = {
    "{{ env `REGION` `x` }}": "eu-west-1",
    '{{ env "REGION" "x" }}': "eu-west-1",
    "{{ env REGION x }}": "eu-west-1",
    "{{env `UNSET` `us-east-1`}}": "us-east-1",
    "{{ env `EMPTY` `x` }}": "x",
    "{{ env UNSET us-east-1 }}": "us-east-1",
    "{{ env UNSET EMPTY REGION x }}": "eu-west-1",
    "{{ env `UNSET` }}": "",
    "{{ env `UNSET` `` }}": "",
    "{{ env `` `x` }}": "x",
    "{{ must_env `REGION` }}": "eu-west-1",
    "{{ must_env `EMPTY` }}": "",
    "{{\n  must_env\n  REGION\n}}": "eu-west-1",
    "{{ must_env `QUOTED` | json_escape }}": 'a\\"b\\\\c\\n',
    '{{ json_escape "a\\"b" }}': 'a\\"b',
    "{{ env `UNSET` `}}` }}": "}}",
    '{{ env "UNSET" "\\u0041\\x42\\103\\U0001F600\\t" }}': "ABC😀\t",
    "a {{- env UNSET x -}} b": "axb",
    "a \n{{- /* note */ -}}\n b": "ab",
    "a {{/* {{ env }} */}} b": "a  b",
    "a {{ env UNSET -x }} b": "a -x b",
    "{ {env} } }}": "{ {env} } }}",
    "{{ env UNSET a }}{{ env UNSET b }}": "ab",
    "": "",
  };
  for (const [text, expected] of Object.entries(texts)) {
    assert.equal((await render(text)).text, expected, text);
  }
});

Deno.test("what a template puts in is not read as a template again", async () => {
  const { config } = await loadText("service: '{{ must_env `X` }}'", {
    X: "{{ foo }}",
  });
  assert.equal(config.service?.value, "{{ foo }}");
});

Deno.test("other functions and constructs are refused by name and place", async () => {
  await expectTextError(
    "service: {{ foo `x` }}",
    "1:13",
    '"foo"',
    "env, must_env, json_escape",
  );
  await expectTextError(
    "service: {{ mustenv `x` }}",
    "1:13",
    '"mustenv"',
    '"must_env"',
  );
  await expectTextError(
    "a: b\nservice: {{ range .Names }}x{{ end }}",
    "2:13",
    '"range" is not supported',
  );
  await expectTextError(
    "service: {{ .Name }}",
    "1:13",
    '".Name" is not supported',
  );
  await expectTextError(
    "service: {{ env .Name }}",
    "1:17",
    '".Name" is not supported',
  );
  await expectTextError("service: {{ $ }}", "1:13", '"$" is not supported');
  await expectTextError(
    "service: {{ $x }}",
    "1:13",
    "the variable $x is not defined",
  );
  await expectTextError(
    "service: {{ env 'X' }}",
    "1:17",
    '"\'" is not supported',
  );
  await expectTextError(
    "service: {{ `web` `api` }}",
    "1:13",
    '"web" is not supported',
  );
  await expectTextError(
    "service: {{ constructor }}",
    "1:13",
    "no template function",
  );
});

Deno.test("broken templates are refused where they begin to break", async () => {
  await expectTextError("service: {{ env `X`", "1:10", '"}}" is missing');
  await expectTextError("service: {{ env `X }}", "1:17", "the text after `");
  await expectTextError('service: {{ env "X\n" }}', "1:17", 'the text after "');
  await expectTextError(
    'service: {{ env "\\q" }}',
    "1:17",
    'the escape "\\\\q"',
  );
  await expectTextError("service: {{ }}", "1:10", "names no function");
  await expectTextError("service: {{ | env }}", "1:13", "names no function");
  await expectTextError("service: {{ env X | }}", "1:10", "names no function");
  await expectTextError("service: {{ env }}", "1:13", "needs a variable name");
  await expectTextError("service: {{ must_env A B }}", "1:13", "one variable");
  await expectTextError("service: {{ json_escape }}", "1:13", "one value");
  await expectTextError("\n{{/* x", "2:1", "the comment has no end");
  await expectTextError("{{/* x */ y }}", "1:1", "the comment does not end");
});

Deno.test("must_env names the variable that is missing", async () => {
  await expectTextError(
    "\n\nservice: {{ must_env `WEB` }}",
    "3:13",
    '"WEB" is not set',
    "Set it",
  );
  await expectTextError("service: {{ must_env `` }}", "1:13", '"" is not set');
  await expectTextError(
    "service: {{ must_env `A=B` }}",
    "1:13",
    '"A=B" is not set',
  );
});

Deno.test("places after a template are those of the file", async () => {
  const long = "{{ env `UNSET` `x` }}".repeat(3);
  await expectTextError(`cluster: ${long}\ntimeout: 5x`, "2:10", "5x");
  await expectTextError(`{cluster: ${long}, timeout: 5x}`, "1:85", "5x");
  await expectTextError("timeout: {{ env `UNSET` `5x` }}", "1:10", "5x");
  await expectTextError("{{/* a\nb */}}timeout: 5x", "2:16", "5x");
});

Deno.test("a value of several lines does not move later places", async () => {
  const text = "note: {{ must_env `LINES` }}\ntimeout: 5x\n";
  await assert.rejects(
    loadText(text, { LINES: "a\n  b\n  c" }),
    /ecspresso\.yml:2:10: /,
  );
});

const pieces = fc.array(fc.oneof(
  fc.string(),
  fc.constantFrom(
    "{{",
    "}}",
    "{{-",
    "-}}",
    "/*",
    "*/",
    "`",
    '"',
    "|",
    "\\",
    "\n",
    "  ",
  ),
  fc.constantFrom(
    "env",
    "must_env",
    "REGION",
    "json_escape",
    "{{ env `A` `b` }}",
    "{{/* x */}}",
  ),
)).map((parts) => parts.join(""));

Deno.test("any text is rendered or refused, never a crash", async () => {
  await fc.assert(fc.asyncProperty(pieces, async (text) => {
    try {
      await render(text);
    } catch (error) {
      assert.ok(error instanceof PortholeError, String(error));
      assert.match(error.message, /^Cannot use a\.yml:\d+:\d+: /);
    }
  }));
});

Deno.test("text without templates is left as it is", async () => {
  const plain = fc.string().filter((text) => !text.includes("{{"));
  await fc.assert(
    fc.asyncProperty(
      plain,
      async (text) => assert.equal((await render(text)).text, text),
    ),
  );
});

Deno.test("every character that was copied is led back to itself", async () => {
  const texts = fc.array(fc.oneof(
    fc.stringMatching(/^[^{}]{1,5}$/),
    fc.constantFrom(
      "{{ env `REGION` }}",
      "{{- env UNSET x -}}",
      "{{/* x */}}",
      "{{ env UNSET }}",
    ),
  )).map((parts) => parts.join(""));
  await fc.assert(fc.asyncProperty(texts, async (text) => {
    const rendered = await render(text);
    for (const { start, origin, copied } of rendered.stretches) {
      assert.equal(originOf(rendered, start), origin);
      if (!copied) assert.ok(text.startsWith("{{", origin));
      else assert.equal(text[origin], rendered.text[start]);
    }
  }));
});
