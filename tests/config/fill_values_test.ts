import assert from "node:assert/strict";
import fc from "fast-check";
import { PortholeError } from "../../src/errors.ts";
import { load, type World } from "./load.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

/** A world that writes down where and for what its Parameter Store is asked. */
function recordingWorld(world: World) {
  const asked: string[] = [];
  return {
    asked,
    world: {
      ...world,
      createParameterReader: (
        { region, profile }: {
          region: string | undefined;
          profile?: string | undefined;
        },
      ) =>
      (name: string) => {
        asked.push(`${profile ?? "-"} ${region} ${name}`);
        const value = `of${name}`;
        return Promise.resolve({ value, list: false });
      },
    } satisfies World,
  };
}

Deno.test("the Parameter Store is asked in the region of the first pass", async () => {
  const service = "service: '{{ ssm `/s` }}'\n";
  const region = "region: '{{ ssm `/r` }}'\n";
  const variables = { AWS_REGION: "from-variable" };
  const flag = (value: string) => ({
    value,
    source: { kind: "flag", name: "--x" },
  } as const);
  const worlds: [World, readonly string[]][] = [
    [
      {
        files: { "ecspresso.yml": `region: from-file\n${service}` },
        variables,
      },
      [
        "- from-file /s",
      ],
    ],
    [{ files: { "ecspresso.yml": service + region }, variables }, [
      "- from-variable /s",
      "- from-variable /r",
    ]],
    [{
      files: {
        "ecspresso.yml": service + region,
        "/etc/porthole/config.yml": "region: from-machine",
      },
      variables,
    }, ["- from-machine /s", "- from-machine /r"]],
    [{
      files: { "ecspresso.yml": service + region },
      flags: { region: flag("from-flag"), profile: flag("dev") },
    }, ["dev from-flag /s"]],
    [{
      files: { "ecspresso.yml": service },
      profiles: { default: "from-profile" },
    }, ["- from-profile /s"]],
  ];
  for (const [given, expected] of worlds) {
    const { asked, world } = recordingWorld(given);
    await load(world);
    assert.deepEqual(asked, expected);
  }
});

Deno.test("nobody is asked for what a flag or a file above says", async () => {
  const template = (name: string) => `'{{ ssm \`/${name}\` }}'`;
  const { asked, world } = recordingWorld({
    files: {
      "ecspresso.yml": `region: r\ncluster: prod\nservice: ${
        template("service")
      }\ntask_definition: ${template("ignored")}\n`,
      "/etc/porthole/config.yml": `cluster: ${template("cluster")}\ntimeout: ${
        template("timeout")
      }\nexec: {session: ${template("session")}, shell: ${
        template("shell")
      }}\n`,
    },
    flags: {
      timeoutMs: { value: 1, source: { kind: "flag", name: "--timeout" } },
    },
    session: { value: "builtin", source: { kind: "flag", name: "--session" } },
  });
  const { config } = await load(world);
  assert.deepEqual(asked, ["- r /service", "- r /shell"]);
  assert.equal(config.service?.value, "of/service");
  assert.equal(config.cluster.value, "prod");
});

Deno.test("a value of the Parameter Store knows that it is not for showing", async () => {
  const { config } = await load({
    files: {
      "ecspresso.yml":
        "region: r\nservice: '{{ ssm `/a` }}-{{ ssm `/b` }}-{{ ssm `/a` }}'\n",
    },
    parameters: { "/a": "x", "/b": "y" },
  });
  assert.deepEqual(config.service, {
    value: "x-y-x",
    source: {
      kind: "file",
      path: "ecspresso.yml",
      line: 2,
      column: 1,
      secret: 'ssm "/a", ssm "/b"',
    },
  });
});

Deno.test("an error of AWS's keeps its code and tells which line asked", async () => {
  const files = { "ecspresso.yml": "cluster: a\nservice: '{{ ssm `/a` }}'\n" };
  const errors: [PortholeError, string][] = [
    [
      new PortholeError("access_denied", "Cannot read it: no", {
        hint: "ask the owner",
      }),
      "ask the owner\nasked by ecspresso.yml:2:14",
    ],
    [
      new PortholeError("no_region", "Cannot call AWS: no region is set"),
      "asked by ecspresso.yml:2:14",
    ],
  ];
  for (const [error, hint] of errors) {
    const readers = [
      () => {
        throw error;
      },
      () => () => Promise.reject(error),
    ];
    for (const createParameterReader of readers) {
      await assert.rejects(
        load({ files, createParameterReader }),
        { code: error.code, message: error.message, hint },
      );
    }
  }
});

/** Lines that are valid before anything else, and what may stand before a template in its value. */
const lines = fc.array(
  fc.oneof(
    fc.stringMatching(/^# [^{\r\n\u2028\u2029\0]{0,10}$/),
    fc.constantFrom(
      "",
      "# {{ env `UNSET` `a\nb` | json_escape }}",
      "{{- /* a\ncomment */}}",
      "color: '{{ env `LONG` }}'",
      "size: '{{ ssm `/ignored` }} {{ ssm `/ignored` }}'",
      'shape: "\\u00e9\\n \\"{{ ssm `/x` }}"',
      "depth: >-\n  a\n  {{ ssm `/x` }}",
      "width: [1, {a: '{{ ssm `/x` }}'}]",
    ),
  ),
).map((all) => {
  const keys = new Set<string>();
  return all.filter((line) => {
    const key = /^\w+(?=:)/.exec(line)?.[0] ?? "";
    return key === "" || (!keys.has(key) && keys.add(key));
  });
});
const before = fc.oneof(
  fc.stringMatching(/^[a-zé😀\uFEFF -]{0,8}$/),
  fc.constantFrom(
    "{{ env `UNSET` `x` }}",
    "{{ ssm `/known` }}",
    "{{- /* x */}}",
  ),
);
const mistakes: readonly (readonly [string, number])[] = [
  ["{{ ssm `/missing` }}", 3],
  ["{{\tssm `/known` 1 -}}", 3],
  ["{{- ssm (env `A` `/missing`) }}", 4],
  ["{{ env `A` `/x` | ssm }}", 18],
  ["{{ tfstate `a.b` }}", 3],
  ["{{ must_env `UNSET` }}", 3],
  ["{{ nothing `x` }}", 3],
];

Deno.test("a mistake of either pass is told at its place, whatever stands before it", async () => {
  await fc.assert(
    fc.asyncProperty(
      lines,
      before,
      fc.constantFrom(...mistakes),
      fc.constantFrom("'", '"'),
      fc.boolean(),
      async (lines, before, [mistake, at], quote, windows) => {
        const head = [...lines, `service: ${quote}${before}`].join("\n");
        const text = `${head}${mistake}${quote}\n`;
        const file = windows ? text.replace(/\r?\n/g, "\r\n") : text;
        // The file's own byte order mark does not count.
        const above = `${head}${mistake.slice(0, at)}`.replace(/^\ufeff/, "");
        const rows = above.split("\n");
        const place = `${rows.length}:${rows.at(-1)!.length + 1}`;
        const world: World = {
          files: { "ecspresso.yml": file },
          variables: { LONG: "long\n  ".repeat(5), AWS_REGION: "r" },
          parameters: { "/known": "k", "/x": "x" },
        };
        const given = mistake.includes("/x`")
          ? { ...world, parameters: { "/known": "k" } }
          : world;
        await assert.rejects(load(given), (error) => {
          assert.ok(error instanceof PortholeError, String(error));
          assert.ok(
            error.message.startsWith(`Cannot use ecspresso.yml:${place}: `),
            `${JSON.stringify(file)}: ${error.message}, not at ${place}`,
          );
          return true;
        });
      },
    ),
    { numRuns: 300 },
  );
});

const pieces = fc.array(fc.oneof(
  fc.string(),
  fc.constantFrom(
    "service: ",
    "cluster: '",
    'timeout: "',
    "'\n",
    '"\n',
    "exec:\n  shell: ",
    "plugins:\n  - name: tfstate\n    config: {path: state}\n",
    "    func_prefix: a_\n",
    "region: r\n",
  ),
  fc.constantFrom(
    "{{ ssm `/known` }}",
    "{{ ssm `/list` 1 }}",
    "{{ tfstate `output.a` }}",
    "{{ tfstatef `x['%s']` (env `A` `b`) }}",
    '{{ a_tfstate \\"output.a\\" | json_escape }}',
    "{{ ssm (",
    ") }}",
    " | ",
    "\ue0000\ue000",
    "\ue000",
  ),
)).map((parts) => parts.join(""));

Deno.test("any text with templates of the value pass is a configuration or refused, never a crash", async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (text) => {
      try {
        await load({
          files: {
            "ecspresso.yml": text,
            state:
              '{"version": 4, "outputs": {"a": {"value": 1, "type": "number"}}}',
          },
          parameters: { "/known": "k", "/list": ["a", "b"] },
        });
      } catch (error) {
        assert.ok(
          error instanceof PortholeError,
          `${JSON.stringify(text)}: ${(error as Error).stack}`,
        );
        assert.match(error.message, /^Cannot use ecspresso\.yml:\d+:\d+: /);
        if (!text.includes("\ue000")) {
          assert.doesNotMatch(error.message, /\ue000/);
        }
      }
    }),
    { numRuns: 500 },
  );
});
