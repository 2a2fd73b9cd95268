/** How many tests there were, steps of tests among them. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test that failed, and why. */
export interface TestFailure {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

/** Adds up the files of a JUnit report as Deno writes it. */
export function countTests(report: string): TestCounts {
  let [tests, failed, skipped] = [0, 0, 0];
  for (const [tag] of report.matchAll(/<testsuite [^>]*>/g)) {
    const read = (name: string) =>
      Number(tag.match(` ${name}="([0-9]+)"`)?.[1] ?? 0);
    tests += read("tests");
    failed += read("failures") + read("errors");
    skipped += read("disabled");
  }
  return { passed: tests - failed - skipped, failed, skipped };
}

/** The tests that failed in a JUnit report as Deno writes it. */
export function listFailures(report: string): TestFailure[] {
  const failed =
    /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*<(?:failure|error)\b[^>]*>([^<]*)</g;
  return Array.from(
    report.matchAll(failed),
    ([, name = "", definedIn = "", text = ""]) => {
      const reason = decode(text);
      return {
        // What calls Deno.test may be one file for many; that of the test is in its stack.
        file: /\btests\/[\w/]+_test\.ts\b/.exec(reason)?.[0] ??
          decode(definedIn),
        name: decode(name),
        reason,
      };
    },
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

const decode = (text: string) =>
  text.replaceAll(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
