import assert from "node:assert/strict";
import { PortholeError } from "../src/errors.ts";
import { formatConfig } from "../src/output/format_config.ts";
import { formatDetachedRun } from "../src/output/format_detached_run.ts";
import {
  formatError,
  formatErrorJson,
  formatErrorObject,
  formatFrames,
} from "../src/output/format_error.ts";
import {
  formatExecSwitch,
  formatSwitchQuestion,
} from "../src/output/format_exec_switch.ts";
import { formatLogLine } from "../src/output/format_log_line.ts";
import {
  type ExecPlan,
  formatExecPlan,
} from "../src/output/format_exec_plan.ts";
import { formatRunPlan, type RunPlan } from "../src/output/format_run_plan.ts";
import { formatResult } from "../src/output/format_result.ts";
import { formatStatusObject } from "../src/output/format_status.ts";
import { jsonLine } from "../src/output/json_line.ts";
import { renderTable } from "../src/output/render_table.ts";
import { hangText } from "../src/output/wrap_text.ts";
import { askLine } from "../src/prompt/ask_line.ts";
import { askTerminal } from "../src/prompt/ask_terminal.ts";
import { quoteValue, toLine } from "../src/quote_value.ts";
import { startProgressLine } from "../src/report/progress_line.ts";
import { chooseRow } from "../src/target/choose_row.ts";
import { renderRows } from "../src/target/row.ts";
import { takeSteps } from "../src/target/take_steps.ts";
import { assertHarmless, HOSTILE, MARK } from "./e2e/hostile_text.ts";
import { service } from "./service/fake_service.ts";
import { fakeChooser } from "./target/fake_access.ts";

const HOSTILE_ERROR = new PortholeError("internal", `Cannot x: ${HOSTILE}`, {
  hint: [HOSTILE, "second"],
  link: HOSTILE,
});
const sourced = { value: HOSTILE, source: HOSTILE };
const route = { kind: "ecs_exec", because: HOSTILE } as const;
const row = {
  item: 1,
  name: HOSTILE,
  isId: false,
  status: HOSTILE,
  details: [HOSTILE, HOSTILE],
};

const EXEC_PLAN: ExecPlan = {
  cluster: sourced,
  service: sourced,
  task: HOSTILE,
  container: sourced,
  region: sourced,
  route,
  client: "builtin",
  clientBecause: HOSTILE,
  command: HOSTILE,
  user: HOSTILE,
  workdir: HOSTILE,
  env: [HOSTILE],
  interactive: false,
  stdin: false,
  binary: true,
  stderr: "merge",
  keepAlive: false,
  timeout: sourced,
};

const RUN_PLAN: RunPlan = {
  region: sourced,
  cluster: sourced,
  service: HOSTILE,
  taskDefinition: sourced,
  container: sourced,
  launch: HOSTILE,
  platformVersion: HOSTILE,
  subnets: [HOSTILE],
  securityGroups: [HOSTILE],
  executeCommand: true,
  env: [HOSTILE],
  tags: [HOSTILE],
  count: 1,
  command: HOSTILE,
  timeout: sourced,
};

/** What a device was given. */
function createStderr() {
  let text = "";
  return {
    isTerminal: true,
    write: () => Promise.resolve(),
    writeText: (part: string) => void (text += part),
    read: () => text,
  };
}

const LINES: Readonly<Record<string, () => string | Promise<string>>> = {
  "a line": () => toLine(HOSTILE),
  "a value": () => toLine(quoteValue(HOSTILE)),
  "an error": () => formatError(HOSTILE_ERROR),
  "an error's frames": () => formatFrames(HOSTILE_ERROR),
  "a frame that tells of a hostile file": () => {
    const error = new Error("x");
    error.stack = `Error: x\n    at ${toOneLine(HOSTILE)}:1:1`;
    return formatFrames(error) + MARK;
  },
  "a line of the log": () =>
    formatLogLine({
      time: new Date(0),
      level: "info",
      prefix: HOSTILE,
      text: HOSTILE,
    }, "text"),
  "a table": () =>
    renderTable({
      columns: [{ title: "A", rank: 0 }, { title: "B", rank: 1 }],
      rows: [{ cells: [HOSTILE, HOSTILE], below: HOSTILE }],
    }),
  "a narrow table": () =>
    renderTable({
      columns: [{ title: "A", rank: 0 }, { title: "B", rank: 1 }],
      rows: [{ cells: [HOSTILE, HOSTILE], below: HOSTILE }],
    }, { width: 40 }),
  "a text under a heading": () => hangText("Status: ", HOSTILE, 80).join("\n"),
  "the picker's rows": () =>
    renderRows([row], { dim: (text) => text, columns: 80 }) +
    renderRows([row], { dim: (text) => text }),
  "a plan": () => formatExecPlan(EXEC_PLAN, "text"),
  "a run's plan": () => formatRunPlan(RUN_PLAN, "text"),
  "the configuration": () =>
    formatConfig([HOSTILE, HOSTILE], [
      ["cluster", {
        value: HOSTILE,
        source: { kind: "file", path: HOSTILE, line: 1, column: 1 },
      }],
    ], "text"),
  "a confirmation": () =>
    formatSwitchQuestion({
      enable: true,
      region: HOSTILE,
      service: service({ name: HOSTILE }),
      replaced: 2,
    }),
  "a way back": async () => {
    const chooser = fakeChooser(["1", "2"]);
    let text = "";
    await takeSteps<number, number>(
      0,
      (draft) =>
        Promise.resolve(
          draft === 0
            ? {
              kind: "choices",
              choices: { noun: "task", rows: [row, { ...row, item: 2 }] },
            }
            : draft === 1
            ? { kind: "none", error: HOSTILE_ERROR }
            : { kind: "done", result: draft },
        ),
      {
        ...chooser,
        print: (line) => {
          // The rows are shown elsewhere.
          if (!line.startsWith("1. ")) text += line;
        },
      },
    );
    return text;
  },
  "a line that counts": () => {
    const stderr = createStderr();
    const log = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      withPrefix: () => log,
      hush: () => {},
      isQuiet: () => false,
    };
    startProgressLine(log, {
      stderr,
      env: () => "xterm",
      terminalSize: () => ({ columns: 80, rows: 24 }),
    }, { logFormat: "text" }).show(HOSTILE, "1s");
    // It begins with our own return to the line's start.
    // deno-lint-ignore no-control-regex
    return stderr.read().replace(/^\r\x1b\[K/, "");
  },
  "a question": async () => {
    const stderr = createStderr();
    await askLine(HOSTILE, {
      stdin: {
        isTerminal: true,
        describe: () => Promise.resolve({ kind: "terminal" }),
        open: () => ReadableStream.from([new TextEncoder().encode("1\n")]),
        setRaw: () => {},
      },
      stderr,
      onSignal: () => () => {},
    });
    return stderr.read();
  },
  "a question while stdin is something else": async () => {
    const stderr = createStderr();
    await askTerminal(HOSTILE, {
      stderr,
      spawn: () => {
        throw new Error("no sh");
      },
      onSignal: () => () => {},
    }).catch(() => {});
    return stderr.read();
  },
  "what a filter is asked": async () => {
    let asked: readonly string[] = [];
    const chosen = await chooseRow(
      { noun: "task", rows: [row, { ...row, name: "b" }] },
      {
        canAsk: () => Promise.resolve(true),
        announce: () => {},
        enterPlace: () => {},
        print: () => {},
        ask: () => Promise.reject(),
        filter: (candidates) => {
          asked = candidates;
          // What it was shown is what it answers with.
          return Promise.resolve(candidates[0]!.split("\t")[0]!);
        },
        terminalSize: () => undefined,
        now: () => new Date(),
        random: () => 0,
      },
      { canGoBack: false },
    );
    assert.deepEqual(chosen, { kind: "item", item: 1 });
    assert.equal(asked.length, 2);
    return asked.join("\n");
  },
};

for (const [what, make] of Object.entries(LINES)) {
  Deno.test(`what is hostile is harmless in ${what}`, async () => {
    const text = await make();
    assertHarmless(text, what, { whole: what === "what a filter is asked" });
    assert.ok(text.includes(MARK) || what.endsWith("frames"), text);
  });
}

Deno.test("JSON stays the JSON that it is, and harmless", () => {
  for (
    const text of [
      jsonLine({ [HOSTILE]: [HOSTILE] }),
      formatErrorJson(HOSTILE_ERROR, new Date(0)),
      formatLogLine(
        { time: new Date(0), level: "info", prefix: HOSTILE, text: HOSTILE },
        "json",
      ),
      formatExecPlan(EXEC_PLAN, "json").trimEnd(),
      formatRunPlan(RUN_PLAN, "json").trimEnd(),
      formatConfig([HOSTILE], [], "json").trimEnd(),
      formatErrorObject(HOSTILE_ERROR).trimEnd(),
      formatDetachedRun({ cluster: HOSTILE, tasks: [] }).trimEnd(),
      formatExecSwitch({ enable: true, changed: false, cluster: HOSTILE })
        .trimEnd(),
      formatResult({ cluster: HOSTILE }).trimEnd(),
      formatStatusObject({
        service: service({ name: HOSTILE }),
        cluster: HOSTILE,
        region: HOSTILE,
      }, 5).trimEnd(),
    ]
  ) {
    assertHarmless(text, text.slice(0, 40), { whole: true });
    assert.ok(!text.includes("\n"));
    assert.ok(JSON.stringify(JSON.parse(text)).includes("\\u0000"));
  }
  assert.deepEqual(JSON.parse(jsonLine({ [HOSTILE]: [HOSTILE] })), {
    [HOSTILE]: [HOSTILE],
  });
});

function toOneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, "").slice(0, 1000);
}
