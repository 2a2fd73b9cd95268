/**
 * Runs everything that must hold: `scripts/dev test [--long] [PATH…] [-- OPTION OF deno test…]`.
 * With paths, only the tests there. The last line counts them, each other step as one.
 */
import { resolve } from "node:path";
import { shareEngine } from "../tests/docker/engine/share_engine.ts";
import { findWrongImports } from "./check_imports.ts";
import { compile } from "./compile.ts";
import { installPackages } from "./install_packages.ts";
import { projectRoot } from "./project.ts";
import { tryBinary } from "./release/try_binary.ts";
import {
  countTests,
  listFailures,
  type TestCounts,
  type TestFailure,
} from "./read_test_report.ts";
import { runScript } from "./run_script.ts";
import { splitTests } from "./split_tests.ts";

const onePassed: TestCounts = { passed: 1, failed: 0, skipped: 0 };
const oneFailed: TestCounts = { passed: 0, failed: 1, skipped: 0 };

/** How long all tests may take: a test that hangs must not hold a machine that builds for hours. */
const LONGEST_RUN_MS = 40 * 60_000;

interface Step {
  readonly name: string;
  /** Throws when it fails. */
  readonly run: () => Promise<TestCounts | void>;
}

/** The steps of a whole run, or those that the tests under some paths need. */
function planSteps(
  paths: readonly string[],
  testOptions: readonly string[],
): Step[] {
  const tests = {
    name: "tests",
    run: () =>
      paths.length > 0
        ? runTests(paths, testOptions)
        : runAllTests(testOptions),
  };
  const build = { name: "compile", run: () => compile().then(() => {}) };
  if (paths.length > 0) {
    return [...(paths.some(reachesEndToEnd) ? [build] : []), tests];
  }
  return [
    { name: "packages", run: checkPackages },
    { name: "format", run: () => runDeno("fmt", "--check") },
    { name: "lint", run: () => runDeno("lint", "--quiet") },
    { name: "types", run: () => runDeno("check", "--quiet", "--frozen") },
    { name: "imports", run: checkImports },
    build,
    { name: "smoke test", run: () => tryBinary(`${projectRoot}dist/porthole`) },
    tests,
  ];
}

function reachesEndToEnd(path: string): boolean {
  const endToEnd = `${projectRoot}tests/e2e`;
  return `${path}/`.startsWith(`${endToEnd}/`) ||
    endToEnd.startsWith(`${path}/`);
}

async function checkPackages(): Promise<void> {
  const missing = await installPackages();
  if (missing.length === 0) return;
  const names = missing.join(", ");
  if (Deno.env.get("CI") === "true") {
    throw new Error(`Cannot find ${names}: tests need them`);
  }
  console.log(`Not in PATH: ${names}; tests that need them are skipped`);
}

async function checkImports(): Promise<void> {
  const wrong = await findWrongImports(projectRoot);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

/** More than the two cores of a small machine: tests wait more than they work. */
const PROCESSES = 3;

/** Runs all tests in several processes. The first one's report is seen as it comes, the others' follow. */
async function runAllTests(options: readonly string[]): Promise<TestCounts> {
  const files = [...walkTests(`${projectRoot}tests`)].map((path) => ({
    path,
    text: Deno.readTextFileSync(path),
  }));
  // The files that need a Docker Engine have one for all; run alone, each starts its own.
  await using _engine = await shareEngine();
  const logs = await Deno.makeTempDir();
  try {
    let shown: Promise<unknown> = Promise.resolve();
    const runs = splitTests(files, PROCESSES).map((paths, index) => {
      const log = index === 0 ? undefined : `${logs}/${index}.log`;
      const run = runTests(paths, options, log);
      shown = Promise.allSettled([run, shown]).then(async () => {
        if (log !== undefined) console.log(await Deno.readTextFile(log));
      });
      return run;
    });
    await shown;
    const results = await Promise.all(runs);
    const counts = results.map((result): TestCounts => result).reduce(
      addCounts,
    );
    const failures = results.flatMap((result) => result.failures);
    for (const { file, name, reason } of failures) {
      console.log(`FAILED ${file}: ${name}\n${reason}`);
    }
    return mayRunAgain(counts, failures)
      ? await runAgain(counts, failures, options)
      : counts;
  } finally {
    await Deno.remove(logs, { recursive: true });
  }
}

/** More failures than these are no matter of a busy machine. */
const MOST_RUN_AGAIN = 5;

/** Whether all that failed are a few tests, whose files are known. */
function mayRunAgain(
  { failed }: TestCounts,
  failures: readonly TestFailure[],
): boolean {
  return failed > 0 && failed === failures.length &&
    failed <= MOST_RUN_AGAIN &&
    failures.every(({ file }) => file.endsWith("_test.ts"));
}

/**
 * Runs the files of the tests that failed once more, alone: three processes on two cores can make a
 * deadline pass that holds for everybody else. What passes then counts as passed, and is named.
 */
async function runAgain(
  counts: TestCounts,
  failures: readonly TestFailure[],
  options: readonly string[],
): Promise<TestCounts> {
  const files = [
    ...new Set(failures.map(({ file }) => resolve(projectRoot, file))),
  ];
  console.log(`Running again, alone: ${files.length} of the files`);
  const again = await runTests(files, options);
  for (const { file, name } of failures) {
    const same = again.failures.some((other) => other.name === name);
    console.log(
      same
        ? `FAILED again, ${file}: ${name}`
        : `PASSED when run again, ${file}: ${name}`,
    );
  }
  return {
    ...counts,
    passed: counts.passed + counts.failed - again.failed,
    failed: again.failed,
  };
}

function* walkTests(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* walkTests(`${folder}/${name}`);
    else if (name.endsWith("_test.ts")) yield `${folder}/${name}`;
  }
}

async function runTests(
  paths: readonly string[],
  options: readonly string[],
  log?: string,
): Promise<TestCounts & { readonly failures: readonly TestFailure[] }> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const success = await runChild(
      [
        "test",
        "--quiet",
        "--frozen",
        "--no-check",
        "-A",
        `--junit-path=${report}`,
        ...options,
        ...paths,
      ],
      { log, limitMs: isLong() ? undefined : LONGEST_RUN_MS },
    );
    const text = await Deno.readTextFile(report);
    const counts = { ...countTests(text), failures: listFailures(text) };
    if (counts.passed + counts.failed === 0) {
      throw new Error("Cannot count any test: none ran");
    }
    // A file that fails to load runs none of its tests, and the report is silent about it.
    return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } finally {
    await Deno.remove(report);
  }
}

function addCounts(a: TestCounts, b: TestCounts): TestCounts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

async function runDeno(...args: string[]): Promise<void> {
  if (!await runChild(args)) {
    throw new Error(`Cannot pass deno ${args[0]}: see above`);
  }
}

/** Runs Deno in the work tree with our own stdout and stderr, or with a file for both; a late one is ended, and failed. */
async function runChild(
  args: readonly string[],
  { log, limitMs }: {
    readonly log?: string | undefined;
    readonly limitMs?: number | undefined;
  } = {},
): Promise<boolean> {
  const [command, ...rest] = log === undefined
    ? [Deno.execPath(), ...args]
    // Deno gives no file to a child.
    : ["sh", "-c", 'exec "$@" >"$0" 2>&1', log, Deno.execPath(), ...args];
  const child = new Deno.Command(command, {
    args: rest,
    cwd: projectRoot,
    // Deno's own frames, under its errors, are of no use to us.
    env: { RUST_BACKTRACE: "0" },
    stdin: "null",
  }).spawn();
  const limit = limitMs === undefined ? undefined : setTimeout(() => {
    console.log(`Ended after ${limitMs / 60_000} minutes: a test hangs`);
    child.kill("SIGKILL");
  }, limitMs);
  try {
    return (await child.status).success;
  } finally {
    clearTimeout(limit);
  }
}

const isLong = () => Deno.env.has("PORTHOLE_TEST_LONG");

/** Keeps what the user has set for AWS or porthole away from the tests. */
function clearSettings(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(AWS|PORTHOLE)_/.test(name)) Deno.env.delete(name);
  }
}

async function runStep({ name, run }: Step): Promise<TestCounts> {
  console.log(`\n--- ${name}`);
  const start = performance.now();
  let counts: TestCounts;
  try {
    counts = await run() ?? onePassed;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    counts = oneFailed;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `--- ${name}: ${counts.failed === 0 ? "ok" : "FAILED"} (${seconds} s)`,
  );
  return counts;
}

if (import.meta.main) {
  await runScript(async () => {
    const end = Deno.args.includes("--")
      ? Deno.args.indexOf("--")
      : Deno.args.length;
    const words = Deno.args.slice(0, end);
    const unknown = words.find((word) =>
      word.startsWith("-") && word !== "--long"
    );
    if (unknown !== undefined) {
      throw new Error(`Cannot use ${unknown}: there is only --long`);
    }

    clearSettings();
    if (words.includes("--long")) Deno.env.set("PORTHOLE_TEST_LONG", "1");
    const paths = words.filter((word) => word !== "--long").map((path) =>
      resolve(path)
    );
    let total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
    for (const step of planSteps(paths, Deno.args.slice(end + 1))) {
      total = addCounts(total, await runStep(step));
    }
    const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
    console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
    return total.failed === 0 ? 0 : 1;
  });
}
