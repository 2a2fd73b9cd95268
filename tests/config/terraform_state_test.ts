import assert from "node:assert/strict";
import fc from "fast-check";
import { lookUpState, parseState } from "../../src/config/terraform_state.ts";

// The same cases on every run.
fc.configureGlobal({ seed: 20230101 });

const managed = { mode: "managed", type: "aws_subnet" };
const STATE = {
  version: 4,
  serial: 7,
  outputs: {
    name: { value: "web", type: "string" },
    list: { value: ["a", "b"], type: ["list", "string"] },
    none: { value: null, type: "string" },
  },
  resources: [
    {
      ...managed,
      name: "main",
      instances: [{
        attributes: {
          id: "subnet-1",
          size: 24,
          public: false,
          tags: { Name: "main", "a-b": "hyphen", "a.b": "dot" },
          blocks: [{ id: "first" }, { id: "last" }],
        },
      }],
    },
    { ...managed, name: "main2", instances: [{ attributes: { id: "other" } }] },
    {
      ...managed,
      name: "zones",
      instances: [
        { index_key: "az-a", attributes: { id: "in-a" } },
        { index_key: "x.y[0]", attributes: { id: "odd" } },
        { index_key: 3, attributes: { id: "third" } },
      ],
    },
    {
      ...managed,
      name: "moved",
      instances: [{ attributes: { id: "old" } }, {
        index_key: 0,
        attributes: { id: "new" },
      }],
    },
    {
      module: 'module.app["eu"].module.net',
      ...managed,
      name: "inner",
      instances: [{ attributes_flat: { id: "flat" } }],
    },
    {
      mode: "data",
      type: "aws_vpc",
      name: "main",
      instances: [{ attributes: { id: "vpc-1" } }],
    },
    {
      mode: "data",
      type: "terraform_remote_state",
      name: "other-one",
      instances: [{
        attributes: {
          backend: "s3",
          outputs: { value: { "repo-uri": "x/y" }, type: ["object", {}] },
        },
      }],
    },
    { ...managed, name: "gone", instances: [] },
  ],
};

function open(state: unknown) {
  const parsed = parseState(JSON.stringify(state));
  assert.ok(parsed instanceof Map, JSON.stringify(parsed));
  return parsed as ReadonlyMap<string, unknown>;
}

Deno.test("addresses lead to values as in ecspresso", () => {
  const state = open(STATE);
  const values: Record<string, string> = {
    "output.name": "web",
    "output.list[1]": "b",
    "output.list[-1]": "b",
    "output.list": '["a","b"]',
    "aws_subnet.main.id": "subnet-1",
    "aws_subnet.main.size": "24",
    "aws_subnet.main.public": "false",
    "aws_subnet.main.tags.Name": "main",
    "aws_subnet.main.tags.a-b": "hyphen",
    'aws_subnet.main.tags["a.b"]': "dot",
    'aws_subnet.main.tags."a.b"': "dot",
    "aws_subnet.main.blocks[1].id": "last",
    "aws_subnet.main.blocks.[0].id": "first",
    "aws_subnet.main2": '{"id":"other"}',
    'aws_subnet.zones["az-a"].id': "in-a",
    "aws_subnet.zones['az-a'].id": "in-a",
    'aws_subnet.zones["x.y[0]"].id': "odd",
    "aws_subnet.zones[3].id": "third",
    "aws_subnet.moved.id": "old",
    "aws_subnet.moved[0].id": "new",
    "module.app['eu'].module.net.aws_subnet.inner.id": "flat",
    "data.aws_vpc.main.id": "vpc-1",
    "data.terraform_remote_state.other-one.outputs.repo-uri": "x/y",
  };
  for (const [address, value] of Object.entries(values)) {
    assert.deepEqual(lookUpState(state, address), { value }, address);
  }
});

Deno.test("what is not there is not found", () => {
  const state = open(STATE);
  const problems: Record<string, string> = {
    "output.none": 'the state has no "output.none", only "output.none"',
    "output.name.x": 'only "output.name"',
    "output.list[2]": 'only "output.list"',
    "output.list.length": 'only "output.list"',
    "aws_subnet.main.constructor": 'only "aws_subnet.main"',
    "aws_subnet.main.tags[0]": "only",
    "aws_subnet.main.":
      '"aws_subnet.main." is not a Terraform resource address',
    "aws_subnet.main.blocks[].id": "is not a Terraform resource address",
    "aws_subnet.main.id | length": "is not a Terraform resource address",
    "aws_subnet.mai.id": 'has no "aws_subnet.mai.id"',
    "aws_subnet.main23.id": "has no",
    "aws_subnet.zones.id": "has no",
    "aws_subnet.gone.id": "has no",
    "module.app": "has no",
    "": "has no",
  };
  for (const [address, reason] of Object.entries(problems)) {
    const found = lookUpState(state, address);
    assert.ok("wrong" in found, address);
    if (address !== "output.none") {
      assert.ok(found.wrong.includes(reason), found.wrong);
    }
  }
});

Deno.test("a near address is suggested", () => {
  assert.deepEqual(lookUpState(open(STATE), "aws_subnet.mian.id"), {
    wrong: 'the state has no "aws_subnet.mian.id"',
    hint: "Did you mean aws_subnet.main?",
  });
});

Deno.test("what is no state of version 4 is refused", () => {
  const texts: Record<string, string> = {
    "": "not valid JSON",
    "[": "not valid JSON",
    "{}": "version 4",
    "null": "version 4",
    '{"version": 3}': "version 4",
    '{"version": "4"}': "version 4",
    '{"version": 4, "resources": {}}': '"resources"',
    '{"version": 4, "resources": [{"mode": "managed"}]}': '"resources.0.type"',
    '{"version": 3, "backend": {"type": "gcs"}}': 'the backend "gcs"',
  };
  for (const [text, reason] of Object.entries(texts)) {
    const state = parseState(text);
    assert.ok("wrong" in state, text);
    assert.ok(
      (state.wrong as string).includes(reason),
      `${text}: ${state.wrong}`,
    );
  }
  assert.ok(parseState('{"version": 4}') instanceof Map);
});

Deno.test("any address is a value or a problem, never a crash", () => {
  const state = open(STATE);
  const addresses = fc.array(fc.oneof(
    fc.string(),
    fc.constantFrom(
      "aws_subnet",
      ".",
      "main",
      "zones",
      '["az-a"]',
      "[0]",
      "output",
      "list",
      "'",
      '"',
      "[",
      "]",
    ),
  )).map((parts) => parts.join(""));
  fc.assert(fc.property(addresses, (address) => {
    const found = lookUpState(state, address);
    assert.ok(
      "value" in found ? typeof found.value === "string" : found.wrong !== "",
    );
  }));
});
