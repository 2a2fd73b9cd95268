import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";
import { NotAFile } from "../write_private_file.ts";

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

/** What the system says, without the name of a temporary file. */
function tellReason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return "there is no such directory";
  }
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return messageOf(error);
}
