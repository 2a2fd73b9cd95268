import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { readEnvFiles } from "../../src/config/read_env_files.ts";
import { load } from "./load.ts";

function read(files: Readonly<Record<string, string>>) {
  return readEnvFiles(
    {
      value: Object.keys(files),
      source: { kind: "env", name: "ECSPRESSO_ENVFILE" },
    },
    {
      cwd: () => "/proj",
      readTextFile: (path) => {
        const text = files[path.replace("/proj/", "")];
        return text === undefined
          ? Promise.reject(new Deno.errors.NotFound())
          : Promise.resolve(text);
      },
    },
  );
}

Deno.test("lines are read as ecspresso's reader does", async () => {
  const lines: Record<string, [string, string] | undefined> = {
    "": undefined,
    "   ": undefined,
    "# A=1": undefined,
    "  # A=1": undefined,
    "A=": ["A", ""],
    "A= ": ["A", ""],
    "A=bar": ["A", "bar"],
    "export A=bar": ["A", "bar"],
    "export\tA = bar": ["A", "bar"],
    " A = bar baz ": ["A", "bar baz"],
    "\tA\t= \tbar \t": ["A", "bar"],
    "_a1=x": ["_a1", "x"],
    "A=bar # ok": ["A", "bar"],
    "A=#bar": ["A", ""],
    "A=a=b=c": ["A", "a=b=c"],
    'A="bar#"': ["A", "bar#"],
    'A="bar\\n\\u00e9\\"" # comment': ["A", 'bar\né"'],
    'A = " bar\\t" ': ["A", " bar\t"],
    "A='bar#'": ["A", "bar#"],
    "A='\\n' # empty": ["A", "\\n"],
    "A='' # empty": ["A", ""],
    "A=normal'single ' ": ["A", "normalsingle "],
    'A= "double\\\\" normal # "EOL"': ["A", "double\\ normal"],
    'export A =  \'single\\n\' \\normal\\t "double\\"\\n " # c': [
      "A",
      'single\\n \\normal\\t double"\n ',
    ],
    "_=x' ' ": ["_", "x "],
    "A=ünï ☃": ["A", "ünï ☃"],
    "A=$B `c` \\d": ["A", "$B `c` \\d"],
    "A=carriage\r": ["A", "carriage"],
  };
  for (const [line, expected] of Object.entries(lines)) {
    const variables = await read({ ".env": `B=first\n${line}\n` });
    assert.deepEqual(
      [...variables],
      [["B", "first"], ...(expected === undefined ? [] : [expected])],
      line,
    );
  }
});

Deno.test("a later file wins, and a later line", async () => {
  const variables = await read({
    "a.env": "\ufeffA=1\nB=1\nB=2",
    "b.env": "A=2\nC=3",
  });
  assert.deepEqual(Object.fromEntries(variables), { A: "2", B: "2", C: "3" });
});

Deno.test("a mistake is told with file and line, and no value", async () => {
  for (
    const line of [
      "secret",
      "1A=secret",
      "A B=secret",
      "=secret",
      "A='secret",
      'A="secret',
      'A="\\x secret"',
      'A="a\tsecret"',
      "A=x'secret",
    ]
  ) {
    await assert.rejects(read({ "x.env": `A=1\n${line}\n` }), (error) => {
      assert.ok(error instanceof PortholeError, String(error));
      assert.equal(error.code, "config_invalid");
      assert.match(error.message, /^Cannot use x\.env:2: /);
      assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
      return true;
    });
  }
});

Deno.test("a file that is missing is told with what names it", async () => {
  await assert.rejects(
    readEnvFiles(
      {
        value: ["no.env"],
        source: { kind: "env", name: "ECSPRESSO_ENVFILE" },
      },
      {
        cwd: () => "/proj",
        readTextFile: () => Promise.reject(new Deno.errors.NotFound()),
      },
    ),
    {
      code: "config_not_found",
      message:
        'Cannot read the environment file "no.env": there is no such file',
      hint: "Set by ECSPRESSO_ENVFILE",
    },
  );
});

Deno.test("its variables are for templates, over those of the environment", async () => {
  const { config } = await load({
    files: {
      "ecspresso.yml":
        "service: {{ must_env `SERVICE` }}\ncluster: '{{ if env `X` }}{{ env `CLUSTER` }}{{ end }}'\n",
      "a.env": "SERVICE=web\nX=1\nAWS_REGION=eu-west-1\n",
    },
    variables: { SERVICE: "api", CLUSTER: "prod" },
    flags: {
      envFiles: {
        value: ["a.env"],
        source: { kind: "flag", name: "--envfile" },
      },
    },
  });
  assert.equal(config.service?.value, "web");
  assert.equal(config.cluster.value, "prod");
  assert.equal(config.region, undefined);
});
