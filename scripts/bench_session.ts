import { createHash } from "node:crypto";
import { timeKeys } from "./bench_echo.ts";
import { startBenchSandbox } from "./bench_sandbox.ts";
import { projectRoot } from "./project.ts";

/** One number that a run brought. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

/** A sandbox in a process of its own, and what sessions in it are measured with. */
export interface SessionBench extends AsyncDisposable {
  timeExec(): Promise<Figure[]>;
  measureMessages(): Promise<Figure[]>;
  measurePty(): Promise<Figure[]>;
  measureStdin(): Promise<Figure[]>;
  measureEcho(): Promise<Figure[]>;
}

const MIB = 1024 * 1024;
const OUTPUT_MIB = 50;
const INPUT_MIB = 64;
const KEYS = 400;
/** What the sandbox's `synthetic-output` repeats. */
const SYNTHETIC_LINE =
  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";

const decoder = new TextDecoder();

/** Starts the sandbox. */
export async function openSessionBench(): Promise<SessionBench> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-bench-" });
  const sandbox = await startBenchSandbox(["--synthetic-output"]);
  const { env } = sandbox;
  const inputFile = `${folder}/input`;
  const outputHash = await writeRandomFile(inputFile, OUTPUT_MIB, INPUT_MIB);

  function spawn(command: readonly string[], stdinFile?: string) {
    const [program = "", ...args] = stdinFile === undefined
      ? command
      // Deno gives no file to a child.
      : ["sh", "-c", 'exec "$@" <"$0"', stdinFile, ...command];
    return new Deno.Command(program, {
      args,
      cwd: folder,
      clearEnv: true,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  }

  /** The bytes go to a reader outside porthole, which tells of the first and hashes the rest. */
  async function measureOutput(
    args: readonly string[],
    expectedHash: string,
  ): Promise<{ readonly seconds: number; readonly peak: number | undefined }> {
    const pidFile = `${folder}/pid`;
    const script = `sh -c 'echo $$ >"$0"; exec "$@"' "$@" | ` +
      "{ dd bs=1 count=1 >/dev/null 2>&1; echo; sha256sum; }";
    const child = spawn(["sh", "-c", script, "sh", pidFile, ...args]);
    let peak: number | undefined;
    const watch = setInterval(() => peak = readPeak(pidFile) ?? peak, 20);
    try {
      const { seconds, text } = await timeSecondLine(child.stdout);
      await child.status;
      if (!text.startsWith(expectedHash)) {
        throw new Error(`Cannot measure ${args.join(" ")}: its output differs`);
      }
      return { seconds, peak };
    } finally {
      clearInterval(watch);
    }
  }

  return {
    async timeExec() {
      const start = performance.now();
      const child = spawn(porthole(["exec", "worker", "--", "true"]));
      await Promise.all([child.stdout.cancel(), child.status]);
      const value = performance.now() - start;
      return [{ name: "exec -- true", unit: "ms", value }];
    },

    async measureMessages() {
      const name = `output, ${OUTPUT_MIB} MiB in 1 KiB messages`;
      const bytes = SYNTHETIC_LINE.repeat(OUTPUT_MIB * MIB / 64).slice(1);
      const hash = createHash("sha256").update(bytes).digest("hex");
      const words = ["synthetic-output", `${OUTPUT_MIB}`];
      const { seconds, peak } = await measureOutput(
        porthole(["exec", "--no-binary", "worker", "--", ...words]),
        hash,
      );
      return [
        { name, unit: "MB/s", value: OUTPUT_MIB * MIB / 1e6 / seconds },
        ...(peak === undefined
          ? []
          : [{ name: "  porthole's peak memory", unit: "MB", value: peak }]),
      ];
    },

    async measurePty() {
      const name = `output, ${OUTPUT_MIB} MiB in base64 from a pty`;
      const words = ["head", "-c", `${OUTPUT_MIB * MIB}`, inputFile];
      const { seconds } = await measureOutput(
        porthole(["exec", "worker", "--", ...words]),
        outputHash,
      );
      return [{
        name,
        unit: "MB/s",
        value: OUTPUT_MIB * MIB / 1e6 / seconds,
      }];
    },

    async measureStdin() {
      const words = ["sh", "-c", "echo; sha256sum"];
      const child = spawn(
        porthole(["exec", "worker", "--", ...words]),
        inputFile,
      );
      const { seconds } = await timeSecondLine(child.stdout);
      await child.status;
      return [{
        name: `stdin, ${INPUT_MIB} MiB`,
        unit: "MiB/s",
        value: INPUT_MIB / seconds,
      }];
    },

    async measureEcho() {
      // The remote terminal echoes each key; the local one does in the runs without porthole.
      const around = porthole([
        ...["exec", "-it", "--session", "builtin", "worker", "--"],
      ]);
      const through = await timeKeys({ around, env, keys: KEYS });
      const without = await timeKeys({ around: [], env, keys: KEYS });
      return [
        ...tellTimes("a key's echo", through.whole),
        ...tellTimes("  porthole's part", through.own),
        ...tellTimes("  without porthole", without.whole),
      ];
    },

    async [Symbol.asyncDispose]() {
      await sandbox[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function porthole(args: readonly string[]): readonly string[] {
  return [`${projectRoot}dist/porthole`, ...args];
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
    const pid = Deno.readTextFileSync(pidFile).trim();
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    return peak === undefined ? undefined : Number(peak) * 1024 / 1e6;
  } catch {
    return undefined;
  }
}

function tellTimes(name: string, times: readonly number[]): Figure[] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.floor(share * sorted.length)] ?? NaN;
  return [
    { name: `${name}, p50`, unit: "ms", value: at(0.5) },
    { name: `${name}, p99`, unit: "ms", value: at(0.99) },
  ];
}
