/**
 * Draws docs/demo.svg, the terminal in the README, from sessions that really run: porthole's source, in
 * terminals of their own, in the sandbox. A test fails when the file is not what this would draw.
 */
import { existsSync } from "node:fs";
import { openPty } from "../tests/e2e/pty.ts";
import { startSandbox } from "../tests/sandbox/start_sandbox.ts";
import { drawTerminal } from "./draw_terminal.ts";
import { projectRoot } from "./project.ts";
import { readScreen } from "./read_screen.ts";
import { runScript } from "./run_script.ts";

const FILE = "docs/demo.svg";
const COLUMNS = 92;

/** A command line, and what is typed once a text stands on the screen. */
interface Scene {
  readonly line: string;
  readonly answers: readonly (readonly [seen: string | RegExp, keys: string])[];
}

const PROMPT = /:~[#$] $/;

const SCENES: readonly Scene[] = [
  {
    line: "porthole exec web",
    answers: [["(1-2): ", "2\r"], [PROMPT, "ls\r"], [PROMPT, "exit\r"]],
  },
  { line: "porthole exec worker -- cat app/package.json", answers: [] },
  { line: "echo hello | porthole exec -q worker -- wc -c", answers: [] },
  {
    line: "porthole exec -q worker -- sh -c 'exit 7'; echo \"status $?\"",
    answers: [],
  },
  { line: "porthole status worker", answers: [] },
];

/** Runs the scenes and returns the picture of them. */
export async function makePicture(): Promise<string> {
  const sandbox = await startSandbox({ image: "bash" });
  try {
    const folder = `${sandbox.directory}/bin`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(
      `${folder}/porthole`,
      `#!/bin/sh\nexec '${Deno.execPath()}' run --quiet --frozen --no-check -A '${projectRoot}main.ts' "$@"\n`,
      { mode: 0o755 },
    );
    const env = {
      ...ownEnvironment(),
      ...sandbox.env,
      PATH: [folder, ...foldersWithoutPlugin()].join(":"),
      DENO_NO_UPDATE_CHECK: "1",
    };
    const recordings = await Promise.all(
      SCENES.map((scene) => record(scene, env)),
    );
    return drawTerminal({
      description: `A terminal. ${
        SCENES.map(({ line }) => `$ ${line}`).join(" ")
      }`,
      columns: COLUMNS,
      lines: readScreen(hideMoment(recordings.join("\r\n")), COLUMNS),
    });
  } finally {
    await sandbox.close();
  }
}

/** This machine's programs but for the plugin: whoever begins has none. */
function foldersWithoutPlugin(): readonly string[] {
  return (Deno.env.get("PATH") ?? "").split(":").filter((folder) =>
    !existsSync(`${folder}/session-manager-plugin`)
  );
}

/** What Deno needs to find its cache, and nothing that changes what is shown. */
function ownEnvironment(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

async function record(
  { line, answers }: Scene,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const pty = openPty({
    command: "bash",
    args: ["-c", line],
    env,
    columns: COLUMNS,
  });
  for (const [seen, keys] of answers) {
    await pty.waitFor(seen);
    pty.write(keys);
  }
  await pty.exit;
  return `\x1b[1m$ ${line}\x1b[0m\r\n${pty.output.trimEnd()}\r\n`;
}

/** Puts fixed text for what differs from one run to the next: time, age, and this machine's names. */
function hideMoment(recording: string): string {
  return recording
    .replaceAll(
      /\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g,
      "2026/11/22 03:12:00",
    )
    // What the sandbox begins with is an hour old, or a little less.
    .replaceAll(/\b(?:1h|5\dm) {2}(?=web:)/g, "1h  ")
    .replaceAll(
      /\b(?:1h|5\dm) +(?=ECS deployment|\(service )/g,
      (age) => "1h".padEnd(age.length),
    )
    // The shell's prompt, with what readline says to the terminal before it.
    .replaceAll(
      // deno-lint-ignore no-control-regex
      /(?:\x1b\[\?2004h)?[\w.-]+@[\w.-]+:~[#$] /g,
      "root@ip-10-0-1-23:~# ",
    );
}

if (import.meta.main) {
  await runScript(async () => {
    await Deno.writeTextFile(projectRoot + FILE, await makePicture());
  });
}
