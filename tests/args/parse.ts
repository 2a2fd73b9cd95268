import assert from "node:assert/strict";
import { parseArgs } from "../../src/args/parse_args.ts";
import { readWords } from "../../src/args/read_words.ts";
import { PortholeError } from "../../src/errors.ts";
import type { ExecInvocation, Invocation } from "../../src/args/invocation.ts";

type Variables = Readonly<Record<string, string>>;

/** Parses words with exactly these variables set. */
export function parse(
  words: readonly string[],
  variables: Variables = {},
): Invocation {
  return parseArgs(readWords(words), (name) => variables[name]);
}

/** Parses the words after `exec`. */
export function parseExecWords(
  words: readonly string[],
  variables?: Variables,
): ExecInvocation {
  const invocation = parse(["exec", ...words], variables);
  assert.equal(invocation.kind, "exec");
  return invocation as ExecInvocation;
}

/** Demands a usage error whose message and hint hold these texts. */
export function expectUsageError(
  words: readonly string[],
  message: string,
  hint = "",
  variables?: Variables,
): void {
  try {
    parse(words, variables);
  } catch (error) {
    assert.ok(error instanceof PortholeError, String(error));
    assert.equal(error.code, "usage");
    assert.ok(
      error.message.includes(message),
      `${words.join(" ")}: ${error.message}`,
    );
    assert.ok(
      (error.hint ?? "").includes(hint),
      `${words.join(" ")}: ${error.hint}`,
    );
    // Each hint has a line to itself: one that holds an end of line would be escaped.
    for (const text of [error.message, ...error.hints]) {
      assert.doesNotMatch(text, /\p{Cc}/u);
    }
    return;
  }
  assert.fail(`no error: ${words.join(" ")}`);
}
