import assert from "node:assert/strict";
import { VERB_NAMES } from "../../src/args/flags.ts";
import { readWords } from "../../src/args/read_words.ts";
import { answerElsewhere } from "../../src/args/words_from_elsewhere.ts";
import { expectUsageError, parse } from "./parse.ts";

Deno.test("a switch takes a value behind its letter, also behind other letters", () => {
  const given = (...words: string[]) =>
    Object.fromEntries(readWords(["exec", ...words]).given);
  assert.deepEqual(given("-i=false"), { interactive: ["false"] });
  assert.deepEqual(given("-c=web"), { container: ["web"] });
  assert.deepEqual(given("-itc=web"), {
    interactive: ["true"],
    tty: ["true"],
    container: ["web"],
  });
  assert.deepEqual(given("-e=A=B", "-eC=D", "-e", "E"), {
    env: ["A=B", "C=D", "E"],
  });
});

Deno.test("a letter that is a flag of other commands is no flag of this one", () => {
  expectUsageError(["tasks", "-w"], '"-w": no such flag');
  expectUsageError(["tasks", "-w", "-q"], '"-w": no such flag');
  expectUsageError(["tasks", "-w", "web"], '"-w" (--workdir) with "tasks"');
  expectUsageError(["exec", "-w"], '"-w": its value is missing');
});

Deno.test("kubectl's -n NAMESPACE is answered with --cluster", () => {
  expectUsageError(["tasks", "-n", "default"], "", "--cluster NAME");
  expectUsageError(["-n", "default", "tasks"], "", "--cluster NAME");
  expectUsageError(["exec", "-n", "default", "web"], '"web"', "--cluster NAME");
});

Deno.test("-v and -V ask for the version where they stand alone, and never behind a command", () => {
  assert.equal(parse(["-v"]).kind, "version");
  assert.equal(parse(["-V"]).kind, "version");
  expectUsageError(["exec", "web", "-v"], '"-v": no such flag');
  expectUsageError(["exec", "-V"], '"-V": no such flag');
});

Deno.test("commands of other programs are answered with what to use", () => {
  for (
    const [word, hint] of [
      ["ps", "porthole tasks"],
      ["ls", "porthole tasks"],
      ["list", "porthole tasks"],
      ["shell", "porthole exec"],
      ["ssh", "porthole exec"],
      ["console", "porthole exec"],
      ["tail", "porthole logs SERVICE"],
      ["kill", "porthole stop TASK-ID"],
      ["port-forward", "porthole forward SERVICE"],
      ["tunnel", "porthole forward SERVICE"],
      ["scp", "porthole cp"],
    ] as const
  ) {
    expectUsageError([word, "web"], `Cannot run "${word}"`, hint);
  }
  for (const verb of VERB_NAMES) assert.equal(answerElsewhere(verb), undefined);
  assert.equal(answerElsewhere("constructor"), undefined);
});
