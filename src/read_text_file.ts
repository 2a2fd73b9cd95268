/** Far above any certificate or Terraform state, and far below what would hurt. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads a file, or a pipe such as the shell's `<(…)`; rejects as Deno does, or with a reason to show
 * for what is no file or has no end.
 */
export async function readTextFile(
  path: string,
  mostBytes: number = MOST_BYTES,
): Promise<string> {
  using file = await open(path);
  const { isFile, isFifo, isDirectory, size } = await file.stat();
  if (isDirectory) throw new Deno.errors.IsADirectory("it is a directory");
  if (!isFile && !isFifo) throw notAFile();
  if (size > mostBytes) throw tooLarge(mostBytes);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of file.readable) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
  }
  return await new Blob(chunks).text();
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    // What Deno keeps from us although we may read: devices, and files of the system's own.
    if (error instanceof Deno.errors.NotCapable) throw notAFile();
    throw error;
  }
}

function notAFile(): Error {
  return new Error("it is a device, not a file");
}

/** What is said of a file that holds more than anyone would write into it. */
export function tooLarge(mostBytes: number): Error {
  return new Error(`it is larger than ${mostBytes / 1024 / 1024} MiB`);
}
