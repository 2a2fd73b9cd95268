import { portholePath } from "./measure_start.ts";
import type { Figure, Measurement } from "./measures.ts";
import type { BenchSandbox } from "./start_bench_sandbox.ts";

/** Incompressible, so that only the way of the bytes is compared. */
const COPY_MIB = 16;
const COPY_MB = COPY_MIB * 1024 * 1024 / 1e6;

/** A file of random bytes, and what copying it is measured with. */
export interface CopyBench extends AsyncDisposable {
  readonly measurements: readonly Measurement[];
}

/** Makes the file; each way `cp` is beside `exec` with `cat`, from the start to the end of the program. */
export async function openCopyBench(
  { env }: Pick<BenchSandbox, "env">,
): Promise<CopyBench> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-bench-" });
  const source = `${folder}/source`;
  const bytes = new Uint8Array(COPY_MIB * 1024 * 1024);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  await Deno.writeFile(source, bytes);
  const plan = (
    program: string,
    measure: "copy_out" | "copy_in",
    script: string,
  ): Measurement => ({
    program,
    everyTurn: 5,
    async run(): Promise<Figure[]> {
      const target = `${folder}/target`;
      const start = performance.now();
      const { success } = await new Deno.Command("sh", {
        args: ["-c", script, portholePath, source, target],
        cwd: "/",
        clearEnv: true,
        env: { ...env },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
      const seconds = (performance.now() - start) / 1_000;
      const { size } = await Deno.stat(target);
      await Deno.remove(target);
      if (!success || size !== bytes.length) {
        throw new Error(`Cannot measure ${program}: not all was copied`);
      }
      return [{ measure, value: COPY_MB / seconds }];
    },
  });
  return {
    measurements: [
      plan("porthole", "copy_out", '"$0" cp -q "worker:$1" "$2"'),
      plan(
        "exec with cat",
        "copy_out",
        '"$0" exec -q worker -- cat "$1" >"$2"',
      ),
      plan("porthole", "copy_in", '"$0" cp -q "$1" "worker:$2"'),
      plan(
        "exec with cat",
        "copy_in",
        `"$0" exec -q -i worker -- sh -c 'cat >"$0"' "$2" <"$1"`,
      ),
    ],
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}
