import assert from "node:assert/strict";
import { PortholeError } from "../../src/errors.ts";
import { layOverrides } from "../../src/task/lay_overrides.ts";
import { parseOverrides } from "../../src/task/parse_overrides.ts";

function parse(text: string) {
  return parseOverrides("o.json", text, ["app", "proxy"]);
}

Deno.test("flags are laid over a file, the last of a variable's values counts", () => {
  const file = parse(JSON.stringify({
    cpu: "256",
    taskRoleArn: "arn:role",
    containerOverrides: [
      { name: "proxy", command: ["x"] },
      {
        name: "app",
        memory: 64,
        environment: [{ name: "A", value: "1" }, { name: "B", value: "2" }],
      },
    ],
  }));
  assert.deepEqual(
    layOverrides(file, {
      container: "app",
      command: ["sh"],
      variables: [{ name: "A", value: "3" }],
      cpu: "512",
    }),
    {
      cpu: "512",
      taskRoleArn: "arn:role",
      containerOverrides: [
        { name: "proxy", command: ["x"] },
        {
          name: "app",
          memory: 64,
          command: ["sh"],
          environment: [{ name: "A", value: "3" }, { name: "B", value: "2" }],
        },
      ],
    },
  );
});

Deno.test("without anything to override there are no overrides", () => {
  assert.deepEqual(layOverrides({}, { container: "app", variables: [] }), {});
});

Deno.test("more than RunTask takes is refused before it is asked, and no less", () => {
  const lay = (length: number) =>
    layOverrides({}, {
      container: "app",
      command: ["x".repeat(length)],
      variables: [],
    });
  const room = 8192 - JSON.stringify(lay(0)).length;
  assert.equal(JSON.stringify(lay(room)).length, 8192);
  assert.throws(
    () => lay(room + 1),
    /are 8193 characters long, and RunTask accepts 8192/,
  );
});

Deno.test("a file that is no overrides is refused by its place, without its values", () => {
  const secret = "hunter2";
  const refusals: readonly (readonly [string, RegExp])[] = [
    [`{"cpu":\n  ${secret}}`, /is not valid JSON$/],
    [`{"cpu":\n  "${secret}" 1}`, /is not valid JSON at 2:13$/],
    [`{"cpu": "${secret}`, /is not valid JSON/],
    ["[]", /it is not an object/],
    [`{"containerOverride": "${secret}"}`, /"containerOverride" is not a key/],
    [`{"cpu": 256}`, /cpu is not a string/],
    [`{"containerOverrides": {}}`, /is not a list/],
    [`{"containerOverrides": [1]}`, /containerOverrides\[0\] is not an object/],
    [`{"containerOverrides": [{}]}`, /containerOverrides\[0\] has no name/],
    [
      `{"containerOverrides": [{"name": "web"}]}`,
      /the task definition has no container "web"$/,
    ],
    [
      `{"containerOverrides": [{"name": "app", "env": "${secret}"}]}`,
      /"containerOverrides\[0\]\.env" is not a key/,
    ],
    [
      `{"containerOverrides": [{"name": "app", "command": "${secret}"}]}`,
      /command is not a list of strings/,
    ],
    [
      `{"containerOverrides": [{"name": "app", "environment": {"A": "${secret}"}}]}`,
      /environment is not a list of variables/,
    ],
    [
      `{"containerOverrides": [{"name": "app"}, {"name": "app"}]}`,
      /container "app" is given twice/,
    ],
  ];
  for (const [text, message] of refusals) {
    assert.throws(() => parse(text), (error) => {
      assert.ok(error instanceof PortholeError);
      assert.equal(error.code, "usage");
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot use "o\.json": /);
      assert.doesNotMatch(`${error.message}${error.hint}`, /hunter2/);
      return true;
    });
  }
});

Deno.test("a byte order mark is no part of a file", () => {
  assert.deepEqual(parse('\ufeff{"cpu": "256"}'), { cpu: "256" });
});
