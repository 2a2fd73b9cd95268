import { join } from "node:path";
import type { Deps, OutputDevice } from "../../deps.ts";
import { PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import { tellReason } from "../../report/tell_reason.ts";

/** A task's stdout in a file. */
export interface OutputFile {
  readonly device: OutputDevice;
  close(): void;
}

/** Makes the directory where it is missing, and makes sure that files can be written there. */
export async function prepareOutputDir(
  dir: string,
  deps: Pick<Deps, "makeDirectory" | "checkWritable">,
): Promise<void> {
  try {
    await deps.makeDirectory(dir);
    await deps.checkWritable(join(dir, "results"));
  } catch (error) {
    throw explainFailure(`use ${quoteValue(dir)} as --output-dir`, error);
  }
}

/** Opens the file for a task's stdout; one of an earlier run is replaced. */
export async function openOutputFile(
  dir: string,
  taskId: string,
  deps: Pick<Deps, "openPrivateFile">,
): Promise<OutputFile> {
  const path = join(dir, `${taskId}.stdout`);
  const explain = (error: unknown): never => {
    throw explainFailure(`write ${quoteValue(path)}`, error);
  };
  const file = await deps.openPrivateFile(path).catch(explain);
  return {
    device: {
      isTerminal: false,
      write: (bytes) => file.write(bytes),
      writeText() {},
    },
    close: () => file.close(),
  };
}

/** Writes a task's result beside its stdout. */
export async function writeResultFile(
  dir: string,
  taskId: string,
  text: string,
  deps: Pick<Deps, "writePrivateFile">,
): Promise<void> {
  const path = join(dir, `${taskId}.json`);
  await deps.writePrivateFile(path, text).catch((error) => {
    throw explainFailure(`write ${quoteValue(path)}`, error);
  });
}

function explainFailure(doing: string, error: unknown): PortholeError {
  const because = error instanceof Deno.errors.AlreadyExists ||
      error instanceof Deno.errors.NotADirectory
    ? "it is not a directory"
    : tellReason(error);
  return new PortholeError("io_failed", `Cannot ${doing}: ${because}`, {
    cause: error,
  });
}
