import type { Deps } from "../deps.ts";

/** Of a path no system is longer. */
const LONGEST_PATH = 64 * 1024;

/**
 * The paths below a directory whose own name is not UTF-8: our runtime neither lists nor opens them, so that
 * `find` has to. None where there is no `find`.
 */
export async function* findForeignNames(
  directory: string,
  spawn: Deps["spawn"],
): AsyncGenerator<string> {
  let program: ReturnType<Deps["spawn"]>;
  try {
    program = spawn({
      command: "find",
      args: [
        // No word of find's own begins so.
        directory.startsWith("/") ? directory : `./${directory}`,
        "-name",
        "*[! -~]*",
        "-print0",
      ],
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      tied: true,
    });
  } catch {
    return;
  }
  let rest = new Uint8Array(0);
  for await (const bytes of program.stdout) {
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    rest = joined;
    for (let end; (end = rest.indexOf(0)) >= 0;) {
      const path = rest.subarray(0, end);
      const name = path.subarray(path.lastIndexOf(47) + 1);
      const above = path.subarray(0, path.length - name.length);
      if (!isUtf8(name) && isUtf8(above)) yield new TextDecoder().decode(path);
      rest = rest.slice(end + 1);
    }
    if (rest.length > LONGEST_PATH) break;
  }
  await program.exit;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
