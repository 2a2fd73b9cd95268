import { PortholeError } from "../errors.ts";
import { toLine } from "../quote_value.ts";
import type { PromptDeps } from "./ask_line.ts";

/** No token is longer. */
const LONGEST = 4096;
const INTERRUPT = "\x03";
const END = "\x04";
const ERASE: readonly string[] = ["\b", "\x7f"];

/**
 * Asks for something that must not be seen: nothing of what is typed is shown. The terminal is as it was before on
 * every way out.
 *
 * @throws {PortholeError} cancelled, on Ctrl-C, on Ctrl-D and on a signal.
 */
export async function askSecret(
  question: string,
  { stdin, stderr, onSignal }: PromptDeps,
): Promise<string> {
  const cancelled = Promise.withResolvers<undefined>();
  const stops = (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const)
    .map((signal) => onSignal(signal, () => cancelled.resolve(undefined)));
  const reader = stdin.open().getReader();
  // First: a key that comes before it would be shown.
  stdin.setRaw(true);
  try {
    stderr.writeText(toLine(question));
    const typed = await Promise.race([readKeys(reader), cancelled.promise]);
    if (typed !== undefined) return typed;
    throw new PortholeError("cancelled", "Cancelled");
  } finally {
    stdin.setRaw(false);
    stderr.writeText("\n");
    for (const stop of stops) stop();
    await reader.cancel();
  }
}

/** What was typed before Enter; undefined where it was given up. */
async function readKeys(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let typed: string[] = [];
  while (typed.length < LONGEST) {
    const { value, done } = await reader.read();
    if (done) return undefined;
    for (const key of decoder.decode(value, { stream: true })) {
      if (key === "\r" || key === "\n") return typed.join("");
      if (key === INTERRUPT || key === END) return undefined;
      if (ERASE.includes(key)) typed = typed.slice(0, -1);
      else typed.push(key);
    }
  }
  return typed.join("");
}
