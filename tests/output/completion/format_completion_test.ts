import assert from "node:assert/strict";
import { isThere } from "../../../scripts/install_packages.ts";
import {
  buildCompletionModel,
  type Candidates,
  type CompletionModel,
  type CompletionVerb,
} from "../../../src/args/completion_model.ts";
import { FLAGS } from "../../../src/args/flags.ts";
import { HELP_TOPICS } from "../../../src/args/help_topics.ts";
import { SHELLS } from "../../../src/args/shells.ts";
import { VERB_HELP } from "../../../src/args/verbs.ts";
import { formatCompletion } from "../../../src/output/completion/format_completion.ts";
import {
  completeInShell,
  type RealShell,
  type ShellOptions,
} from "./complete_in_shell.ts";

/** A line, what its last word can become, and what porthole is asked for that. */
type Case = readonly [
  line: string,
  words: readonly string[],
  asked?: readonly string[],
];

const verbs = VERB_HELP.map(({ name }) => name);
const taskId = "a8a5a91ee0385785252133232de909f6";
const arn = `arn:aws:ecs:us-east-1:123456789012:task/prod/${taskId}`;

const CASES: readonly Case[] = [
  // Verbs and words.
  ["porthole ", verbs],
  ["porthole e", verbs.filter((name) => name.startsWith("e"))],
  ["porthole --cluster exec --debug con", ["config"]],
  ["porthole config ", ["show"]],
  ["porthole completion z", ["zsh"]],
  ["porthole help ex", HELP_TOPICS.filter((name) => name.startsWith("ex"))],
  // Flags: those of the verb.
  ["porthole exec --pi", ["--pick"]],
  ["porthole exec web --no-k", ["--no-keep-alive"]],
  ["porthole version --ch", ["--check"]],
  ["porthole --prof", ["--profile"]],
  // Values.
  ["porthole exec --pick ", ["first", "newest", "prompt", "random"]],
  ["porthole exec --pick=ne", ["newest"]],
  ["porthole exec -i --debug -o ", ["json", "text"]],
  ["porthole tasks -o ", ["json", "table", "tsv", "wide"]],
  ["porthole exec --config pr", ["pro d.yml", "prod.yml"]],
  ["porthole exec --config=pr", ["pro d.yml", "prod.yml"]],
  // What there is in ECS.
  ["porthole exec w", ["web", "worker"], ["targets w"]],
  ["porthole exec prod/a", ["prod/api", "prod/app"], ["targets prod/a"]],
  ["porthole exec x", ["xenon/"], ["targets x"]],
  ["porthole exec ", ["web", "worker", "xenon/"], ["targets "]],
  ["porthole --profile ", ["me", "prod-admin"], ["profiles"]],
  ["porthole exec web --profile=p", ["prod-admin"], ["profiles web"]],
  ["porthole tasks --region eu", ["eu-west-1"], ["regions"]],
  ["porthole exec --cluster ", ["prod", "xenon"], ["clusters"]],
  ["porthole exec --cluster=x", ["xenon"], ["clusters"]],
  [
    "porthole --region eu-west-1 exec --profile=me --service w",
    ["web", "worker"],
    ["services --region eu-west-1 --profile=me"],
  ],
  [
    "porthole exec --config a.yml --debug --pick first prod/web -c ",
    ["sidecar", "web"],
    ["containers prod/web --config a.yml"],
  ],
  ["porthole exec -itc s", ["sidecar"], ["containers"]],
  ["porthole exec -cx web -u me -c s", ["sidecar"], ["containers web"]],
  [`porthole exec ${arn} --container=s`, ["sidecar"], [`containers ${arn}`]],
  ["porthole exec web --task-id a8", [taskId], ["tasks web"]],
  // Places of a copy: files here and services, in every place.
  ["porthole cp w", ["web:", "worker:"], ["targets w"]],
  ["porthole cp prod.yml w", ["web:", "worker:"], ["targets w"]],
  ["porthole cp x", ["xenon/"], ["targets x"]],
  ["porthole cp prod.y", ["prod.yml"], ["targets prod.y"]],
  ["porthole cp worker:a ./prod", ["./prod.yml"]],
  ["porthole cp a worker:/x -c s", ["sidecar"], ["containers worker"]],
  // A line that does not begin with porthole.
  ["true | porthole exec w", ["web", "worker"], ["targets w"]],
  ["A=b porthole exec -c s", ["sidecar"], ["containers"]],
];

/** Two verbs that differ about a flag, and texts that a shell could stumble over. */
const DIFFERING: CompletionModel = {
  passed: ["--cluster"],
  verbs: [
    { name: "", summary: "", flags: [], operand: words("one", "two") },
    verbWithFormat("one", 'it\'s $(HOME) `x` \\ "y": [z]', "json", "text"),
    verbWithFormat("two", "a summary", "json", "table"),
  ],
};

function words(...words: readonly string[]): Candidates {
  return { kind: "words", words };
}

function verbWithFormat(
  name: string,
  summary: string,
  ...formats: readonly string[]
): CompletionVerb {
  const flags = [{ names: ["--as", "-a"], summary, value: words(...formats) }];
  return { name, summary, flags, operand: { kind: "none" } };
}

/** Lines where nothing is to be completed. */
const DEAD_ENDS = [
  "porthole exec --ch",
  "porthole nosuch ",
  "porthole nosuch --pi",
  "porthole exec web w",
  "porthole exec web -- w",
  "porthole exec web -- --pi",
  "porthole exec --pick -- w",
  "porthole -- e",
  "porthole exec --user r",
  "porthole help exec e",
];

const shells: readonly RealShell[] = ["bash", "zsh", "fish"];
const missing = new Set<string>();
for (const shell of shells) if (!await isThere(shell)) missing.add(shell);

function testShell(
  shell: RealShell,
  name: string,
  body: () => Promise<void>,
): void {
  Deno.test({
    name: `${shell}: ${name}`,
    ignore: missing.has(shell),
    // node-pty's handles outlive the test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: body,
  });
}

async function checkCases(
  shell: RealShell,
  cases: readonly Case[],
  options?: ShellOptions,
): Promise<void> {
  const lines = cases.map(([line]) => line);
  const { completed, files } = await completeInShell(shell, lines, options);
  assert.deepEqual(
    completed.map(({ words, asked }, at) => [lines[at], words, asked]),
    cases.map(([line, words, asked = []]) => [
      line,
      words.toSorted(),
      asked.map((question) => `__complete ${question}`),
    ]),
  );
  // No answer is ever run.
  assert.ok(!files.includes("pwned"));
}

for (const shell of shells) {
  testShell(shell, "completes what the tables and porthole tell", async () => {
    // A terminal leaves a word as it is where there is nothing to put in its place.
    const nothing = DEAD_ENDS.map((line): Case => [
      line,
      shell === "fish" ? [] : [line.slice(line.lastIndexOf(" ") + 1)]
        .filter((word) => word !== ""),
    ]);
    await checkCases(shell, [...CASES, ...nothing]);
  });

  testShell(
    shell,
    "completes a flag as each verb has it",
    () =>
      checkCases(shell, [
        ["porthole one -a ", ["json", "text"]],
        ["porthole two --as=", ["json", "table"]],
        ["porthole two --a", ["--as"]],
        ["porthole ", ["one", "two"]],
      ], { model: DIFFERING }),
  );

  testShell(shell, "says nothing where porthole is missing", async () => {
    const lines = ["porthole exec w", "porthole exec -c ", "porthole conf"];
    const { completed, screen } = await completeInShell(shell, lines, {
      porthole: null,
    });
    assert.doesNotMatch(screen, /not found|No such|noise|Unknown command/i);
    assert.deepEqual(completed[2]?.words, ["config"]);
  });

  testShell(
    shell,
    "offers nothing that a porthole without __complete says",
    async () => {
      const usage = 'error: Cannot understand "__complete": no such command';
      const lines = ["porthole exec --task-id ", "porthole exec --cluster a"];
      const { completed } = await completeInShell(shell, lines, {
        porthole: `#!/bin/sh\necho '${usage}'; echo '${usage}' >&2; exit 2\n`,
      });
      const unchanged = shell === "fish" ? [[], []] : [[], ["a"]];
      assert.deepEqual(completed.map(({ words }) => words), unchanged);
    },
  );
}

const left = (text: string) => "\x02".repeat(text.length);

testShell("bash", "completes up to the cursor", async () => {
  const { completed } = await completeInShell("bash", [
    `porthole exec w -- x${left(" -- x")}`,
    `porthole exec webby${left("by")}`,
  ]);
  assert.deepEqual(completed, [
    { words: ["--", "web", "worker", "x"], asked: ["__complete targets w"] },
    { words: ["by", "web"], asked: ["__complete targets web"] },
  ]);
});

// zsh takes the whole word, and leaves out a space after it when it puts in several.
testShell("zsh", "completes before what follows", async () => {
  const line = `porthole exec wo -- x${left(" -- x")}`;
  const { completed } = await completeInShell("zsh", [line]);
  assert.deepEqual(completed[0]?.asked, ["__complete targets wo"]);
});

testShell(
  "bash",
  "completes with the user's settings",
  () =>
    checkCases("bash", [
      ["porthole exec --pick=ne", ["newest"]],
      ["porthole exec --cluster=x", ["xenon"], ["clusters"]],
      ["porthole exec w", ["web", "worker"], ["targets w"]],
    ], {
      preparation: [
        "set -u",
        "shopt -s nullglob extglob",
        'COMP_WORDBREAKS=" "',
      ],
    }),
);

testShell("zsh", "completes when saved in $fpath", () =>
  checkCases("zsh", [
    ["porthole exec --pick=ne", ["newest"]],
    ["porthole exec w", ["web", "worker"], ["targets w"]],
  ], {
    preparation: [
      "mkdir functions; cp completion functions/_porthole; fpath+=($PWD/functions)",
      "setopt ksh_arrays sh_word_split",
    ],
  }));

Deno.test("every script names every verb and every flag", () => {
  const model = buildCompletionModel();
  for (const shell of SHELLS) {
    const script = formatCompletion(shell, model);
    for (const name of verbs) assert.match(script, new RegExp(`\\b${name}\\b`));
    for (const { name } of FLAGS) {
      const flag = shell === "fish" ? `-l ${name} ` : `--${name}\\b`;
      assert.match(script, new RegExp(flag), `${shell}: ${name}`);
    }
  }
});
