import assert from "node:assert/strict";
import fc from "fast-check";
import { PortholeError } from "../../src/errors.ts";
import { expectConfigError, expectTextError, load, loadText } from "./load.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

Deno.test("YAML and JSON are read, tabs and all", async () => {
  const yaml = await loadText("region: r\ncluster: 'prod'\nservice: \"web\"\n");
  const json = await load({
    files: {
      "ecspresso.json":
        '{\n\t"region": "r",\n\t"cluster": "prod",\n\t"service": "web"\n}\n',
    },
  });
  for (const { config } of [yaml, json]) {
    assert.equal(config.region?.value, "r");
    assert.equal(config.cluster.value, "prod");
    assert.equal(config.service?.value, "web");
  }
});

Deno.test("a byte order mark and Windows line ends change nothing", async () => {
  const { config } = await loadText("\ufeffservice: web\r\ncluster: prod\r\n");
  assert.deepEqual(config.cluster, {
    value: "prod",
    source: { kind: "file", path: "ecspresso.yml", line: 2, column: 1 },
  });
  assert.equal(config.service?.value, "web");
  await expectTextError("\ufeffservice: []\r\n", "1:10", "a list");
});

Deno.test("merge keys are followed; a mapping's own keys win", async () => {
  const { config } = await loadText([
    "plugins: &a {cluster: prod, service: api}",
    "ignore: &b {timeout: 5m, service: never}",
    "<<: [*a, *b]",
    "service: web",
  ].join("\n"));
  assert.equal(config.cluster.value, "prod");
  assert.equal(config.service?.value, "web");
  assert.equal(config.timeoutMs.value, 300_000);
});

Deno.test("aliases are followed, and an error is told where the alias stands", async () => {
  const { config } = await loadText("service: &name web\ncluster: *name");
  assert.equal(config.cluster.value, "web");
  await expectTextError(
    "plugins: &p [1]\nservice: *p",
    "2:10",
    "service is a list",
  );
});

Deno.test("what is not one mapping is refused", async () => {
  await expectTextError("", "1:1", "the file is empty");
  await expectTextError("\n# nothing\n", "1:1", "the file is empty");
  await expectTextError("---\n", "1:1", "the file is empty");
  await expectTextError("null", "1:1", "the file is empty");
  await expectTextError("- web", "1:1", "the file is a list");
  await expectTextError("\n\nweb", "3:1", "a single value");
  await expectTextError(
    "service: a\n---\nservice: b\n",
    "2:1",
    "a second YAML document",
  );
});

Deno.test("what is not valid is refused at its place", async () => {
  await expectTextError("service: a\nservice: b", "2:1", "duplicate key");
  await expectTextError("service: [", "1:11", "not valid YAML");
  await expectTextError("a: b: c", "1:4", "not valid YAML");
  await expectTextError("a:\tb\n\tc: d", "2:1", "not valid YAML");
  await expectTextError('service: "web', "1:14", "not valid YAML");
  await expectTextError("service: web\0", "1:13", "NUL");
  await expectTextError("s\0e\0r\0v\0i\0c\0e\0", "1:2", "NUL", "UTF-8");
  await expectTextError("\x7fELF\x02\x01\x01\0\0", "1:8", "NUL");
  await expectTextError("service: *name", "1:10", 'the alias "*name"');
  await expectTextError("a: *b\nb: &b 1", "1:4", 'the alias "*b"');
  await expectTextError("<<: web", "1:5", "only mappings");
  await expectTextError("<<: [{a: 1}, 2]", "1:14", "only mappings");
  await expectConfigError(
    { files: { "ecspresso.json": '{"service" "web"}' } },
    "Cannot use ecspresso.json:1:12: not valid JSON",
  );
});

Deno.test("bombs do not go off", async () => {
  await expectConfigError(
    { files: { "ecspresso.yml": "a: " + "[".repeat(100_000) } },
    "nested too deeply",
  );
  await expectTextError(
    "plugins: &x\n  <<: *x\n<<: *x",
    "2:7",
    "too many mappings",
  );
  const levels = Array.from(
    { length: 40 },
    (_, n) => `m${n}: &m${n} {<<: [*m${n - 1}, *m${n - 1}]}`,
  );
  const doubling = ["m: &m-1 {a: 1}", ...levels, "<<: *m39"].join("\n");
  await expectConfigError(
    { files: { "ecspresso.yml": doubling } },
    "too many mappings",
  );
  const laughs = Array.from(
    { length: 40 },
    (_, n) => `l${n}: &l${n} [*l${n - 1}, *l${n - 1}]`,
  );
  const { config } = await loadText(
    ["l: &l-1 [a]", ...laughs, "service: web"].join("\n"),
  );
  assert.equal(config.service?.value, "web");
});

Deno.test("any text is a configuration or refused, never a crash", async () => {
  const pieces = fc.array(fc.oneof(
    fc.string(),
    fc.constantFrom(
      "service: ",
      "exec:\n",
      "  session: ",
      "timeout: ",
      "auto",
      "5m",
      "\n",
      "<<: ",
    ),
    fc.constantFrom(
      "&a ",
      "*a",
      "{",
      "}",
      "[",
      "]",
      "- ",
      ": ",
      "? ",
      "!!binary ",
      "|\n",
      "---\n",
      '"',
    ),
    fc.constantFrom(
      "{{ env A b }}",
      "%YAML 1.1\n---\n",
      "\t",
      "\r",
      "# ",
      "'",
      "...\n",
      "!x ",
    ),
  )).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(pieces, async (text) => {
      try {
        await loadText(text);
      } catch (error) {
        assert.ok(
          error instanceof PortholeError,
          `${JSON.stringify(text)}: ${(error as Error).stack}`,
        );
        assert.match(error.message, /^Cannot use ecspresso\.yml:\d+:\d+: /);
      }
    }),
    { numRuns: 300 },
  );
});
