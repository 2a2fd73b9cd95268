import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { PLUGIN_INSTALL_LINK } from "./find_plugin.ts";
import { within } from "../../within.ts";
import { compareVersions } from "../../compare_versions.ts";

/** The first plugin that signs the request for its connection; by AWS's release notes the oldest that is supported. */
export const FIRST_THAT_SIGNS = "1.2.764";
/** The last plugin that takes the session's token in its arguments only. */
const LAST_WITHOUT_ENVIRONMENT = "1.2.497";

/** AWS's own needs 8 ms for its version. */
const VERSION_MS = 2_000;
const LONGEST_VERSION = 256;

/**
 * Executes the plugin for its version, before anything is asked of AWS; one that says nothing within 2 s
 * is killed. Undefined where it says something else.
 *
 * @throws PortholeError plugin_failed when it cannot be executed, fails at it or hangs.
 */
export async function tryPlugin(
  path: string,
  deps: Pick<Deps, "spawn" | "sleep">,
): Promise<string | undefined> {
  const text = await askVersion(path, deps);
  return /^\s*(\d{1,9}(?:\.\d{1,9}){1,3})\s*$/.exec(text)?.[1];
}

/** Whether a plugin of this version signs the request for its connection, which AWS's endpoint wants. */
export function signsConnection(version: string | undefined): boolean {
  return version !== undefined &&
    compareVersions(version, FIRST_THAT_SIGNS) >= 0;
}

/** Whether a plugin of this version reads its session from an environment variable. An unknown one is taken for new. */
export function readsEnvironment(version: string | undefined): boolean {
  return version === undefined ||
    compareVersions(version, LAST_WITHOUT_ENVIRONMENT) > 0;
}

async function askVersion(
  path: string,
  deps: Pick<Deps, "spawn" | "sleep">,
): Promise<string> {
  const fail = (reason: string, cause?: unknown) =>
    new PortholeError("plugin_failed", `Cannot execute "${path}": ${reason}`, {
      hint: "Install it again, or use --session builtin",
      link: PLUGIN_INSTALL_LINK,
      cause,
    });
  let child: ReturnType<Deps["spawn"]>;
  try {
    child = deps.spawn({
      command: path,
      args: ["--version"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
  } catch (error) {
    throw fail(messageOf(error), error);
  }
  const output = child.stdout.getReader();
  const answer = await within(
    VERSION_MS,
    Promise.all([readStart(output), child.exit]),
    deps,
  );
  if (answer === undefined) {
    child.kill("SIGKILL");
    // A child of it may keep the stream open.
    await output.cancel().catch(() => {});
    throw fail(`it did not report its version within ${VERSION_MS / 1000} s`);
  }
  const [text, { code, signal }] = answer;
  if (code === 0 && signal === null) return text;
  throw fail(
    signal === null
      ? `it exited with status ${code} when asked for its version`
      : `${signal} ended it when asked for its version`,
  );
}

/** The first bytes of a stream as text; what follows is read to its end and dropped. */
async function readStart(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) return text;
    if (text.length <= LONGEST_VERSION) {
      text += decoder.decode(value.subarray(0, LONGEST_VERSION + 1));
    }
  }
}
