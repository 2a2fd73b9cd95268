import type { Deps } from "../deps.ts";
import { PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";
import { NotAFile } from "../write_private_file.ts";
import { tellReason } from "./tell_reason.ts";

/** Makes sure that the file of `--result` can be written; the function it resolves with writes it. */
export async function prepareResultFile(
  path: string,
  deps: Pick<Deps, "checkWritable" | "writePrivateFile">,
): Promise<(text: string) => Promise<void>> {
  const explain = (error: unknown): never => {
    throw new PortholeError(
      "io_failed",
      `Cannot write the result to ${quotePath(path)}: ${tellReason(error)}`,
      {
        hint: error instanceof NotAFile
          ? "name a file; -o json prints the result on standard output"
          : undefined,
        cause: error,
      },
    );
  };
  await deps.checkWritable(path).catch(explain);
  return (text) => deps.writePrivateFile(path, text).catch(explain);
}
