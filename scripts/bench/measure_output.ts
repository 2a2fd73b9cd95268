import { createHash } from "node:crypto";
import { portholePath } from "./measure_start.ts";
import type { Figure, Measurement } from "./measures.ts";
import { openPluginSession } from "./open_plugin_session.ts";
import type { ProgramCall } from "./run_program.ts";
import { spawnLimited } from "./spawn_limited.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

/** A sandbox and a file of random bytes, and what streams are measured with there. */
export interface OutputBench extends AsyncDisposable {
  readonly measurements: readonly Measurement[];
}

const MIB = 1024 * 1024;
const OUTPUT_MIB = 50;
const INPUT_MIB = 64;
const OUTPUT_MB = OUTPUT_MIB * MIB / 1e6;
/** What the sandbox's `synthetic-output` repeats. */
const SYNTHETIC_LINE =
  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";

const decoder = new TextDecoder();

/** The sandbox, a task there, and session-manager-plugin where there is one: where it is, and PATH with it. */
export interface OutputPlace {
  readonly sandbox: BenchSandbox;
  readonly taskId: string;
  readonly plugin: string | undefined;
  readonly path: string;
}

/** Makes the file. */
export async function openOutputBench(
  { sandbox: { env }, taskId, plugin, path }: OutputPlace,
): Promise<OutputBench> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-bench-" });
  const inputFile = `${folder}/input`;
  const pidFile = `${folder}/pid`;
  const outputHash = await writeRandomFile(inputFile, OUTPUT_MIB, INPUT_MIB);
  const porthole = (...args: string[]) => ({
    command: portholePath,
    args: ["exec", ...args],
    env: { ...env, PATH: path },
  });

  async function measureMessages(
    call: ProgramCall,
    expectedHash?: string,
  ): Promise<Figure[]> {
    const { seconds, peak } = await measureOutput(call, pidFile, expectedHash);
    return [
      { measure: "output", value: OUTPUT_MB / seconds },
      ...(peak === undefined
        ? []
        : [{ measure: "memory_streaming" as const, value: peak }]),
    ];
  }

  async function measureOwnMessages(
    session: "builtin" | "plugin",
  ): Promise<Figure[]> {
    const bytes = SYNTHETIC_LINE.repeat(OUTPUT_MIB * MIB / 64).slice(1);
    const hash = createHash("sha256").update(bytes).digest("hex");
    const words = ["synthetic-output", `${OUTPUT_MIB}`];
    const call = porthole(
      ...["--session", session, "--no-binary", "worker", "--", ...words],
    );
    return await measureMessages(call, hash);
  }

  async function measurePluginMessages(path: string): Promise<Figure[]> {
    const words = `synthetic-output ${OUTPUT_MIB}`;
    const call = await openPluginSession(path, { env, taskId, words });
    // Its own texts are around the bytes.
    return await measureMessages(call);
  }

  async function measurePty(): Promise<Figure[]> {
    const words = ["head", "-c", `${OUTPUT_MIB * MIB}`, inputFile];
    const call = porthole("worker", "--", ...words);
    const { seconds } = await measureOutput(call, pidFile, outputHash);
    return [{ measure: "output_pty", value: OUTPUT_MB / seconds }];
  }

  async function measureStdin(): Promise<Figure[]> {
    const { command, args } = porthole(
      ...["worker", "--", "sh", "-c", "echo; sha256sum"],
    );
    // Deno gives no file to a child.
    const child = spawnShell('exec "$@" <"$0"', [inputFile, command, ...args], {
      env,
    });
    const { seconds } = await timeSecondLine(child.stdout);
    await child.status;
    return [{ measure: "input", value: INPUT_MIB * MIB / 1e6 / seconds }];
  }

  const planOf = (program: string, run: Measurement["run"]) => ({
    program,
    everyTurn: 5,
    run,
  });
  return {
    measurements: [
      planOf("porthole", () => measureOwnMessages("builtin")),
      ...(plugin === undefined ? [] : [
        planOf("session-manager-plugin", () => measurePluginMessages(plugin)),
        planOf("--session plugin", () => measureOwnMessages("plugin")),
      ]),
      planOf("porthole", measurePty),
      planOf("porthole", measureStdin),
    ],
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/**
 * The bytes go to a reader outside the program, which tells of the first and hashes the rest. Without a hash to
 * compare with they are counted.
 */
async function measureOutput(
  { command, args, env }: ProgramCall,
  pidFile: string,
  expectedHash?: string,
): Promise<{ readonly seconds: number; readonly peak: number | undefined }> {
  const read = expectedHash === undefined ? "wc -c" : "sha256sum";
  const script = `sh -c 'echo $$ >"$0"; exec "$@"' "$@" | ` +
    `{ dd bs=1 count=1 >/dev/null 2>&1; echo; ${read}; }`;
  const child = spawnShell(script, ["sh", pidFile, command, ...args], { env });
  let peak: number | undefined;
  const watch = setInterval(() => peak = readPeak(pidFile) ?? peak, 20);
  try {
    const { seconds, text } = await timeSecondLine(child.stdout);
    await child.status;
    const whole = expectedHash === undefined
      ? Number(text) >= OUTPUT_MIB * MIB - 1
      : text.startsWith(expectedHash);
    if (!whole) {
      throw new Error(`Cannot measure ${command}: its output differs`);
    }
    return { seconds, peak };
  } finally {
    clearInterval(watch);
  }
}

/** Runs a script whose input is silent until it has ended. */
function spawnShell(
  script: string,
  args: readonly string[],
  { env }: Pick<ProgramCall, "env">,
) {
  return spawnLimited("sh", {
    args: ["-c", script, ...args],
    cwd: "/",
    clearEnv: true,
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
}

/** Writes a file of random bytes; the hash is of its first part without the first byte. */
async function writeRandomFile(
  path: string,
  hashedMib: number,
  mib: number,
): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(MIB);
  for (let index = 0; index < mib; index++) {
    for (let at = 0; at < MIB; at += 65_536) {
      crypto.getRandomValues(block.subarray(at, at + 65_536));
    }
    if (index < hashedMib) hash.update(block.subarray(index === 0 ? 1 : 0));
    await file.write(block);
  }
  return hash.digest("hex");
}

/** An empty line comes when the bytes start to flow, another line when all have come. */
async function timeSecondLine(
  stream: ReadableStream<Uint8Array>,
): Promise<{ readonly seconds: number; readonly text: string }> {
  let text = "";
  let start: number | undefined;
  let end = NaN;
  for await (const chunk of stream) {
    start ??= performance.now();
    end = performance.now();
    text += decoder.decode(chunk, { stream: true });
  }
  return { seconds: (end - (start ?? NaN)) / 1000, text: text.trim() };
}

/** The most memory a process has used, in MB; undefined where the system has no /proc. */
function readPeak(pidFile: string): number | undefined {
  try {
    return readMemory(Deno.readTextFileSync(pidFile).trim(), "VmHWM");
  } catch {
    return undefined;
  }
}

/** What a process's memory is (VmRSS) or has been at most (VmHWM), in MB; undefined where the system has no /proc. */
export function readMemory(
  pid: string,
  field: "VmRSS" | "VmHWM",
): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kilobytes = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024 / 1e6;
  } catch {
    return undefined;
  }
}
