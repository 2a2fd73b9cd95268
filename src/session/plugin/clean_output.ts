import type { Deps } from "../../deps.ts";
import { createBannerFilter, type PluginEnding } from "./banner_filter.ts";

/** How long the plugin must be silent before what may be the start of its last text is let go. */
const SETTLE_MS = 20;

/** The remote's bytes in what the plugin prints, each as soon as it is recognized, and how the plugin said it ended. */
export function cleanOutput(
  printed: ReadableStream<Uint8Array>,
  sessionId: string,
  deps: Pick<Deps, "sleep">,
): {
  readonly output: ReadableStream<Uint8Array>;
  readonly ending: Promise<PluginEnding>;
} {
  const filter = createBannerFilter(sessionId);
  const ending = Promise.withResolvers<PluginEnding>();
  let silence = new AbortController();

  const output = printed.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        silence.abort();
        enqueue(controller, filter.push(chunk));
        silence = new AbortController();
        const { signal } = silence;
        void deps.sleep(SETTLE_MS, signal).then(() => {
          if (!signal.aborted) enqueue(controller, filter.settle());
        });
      },
      flush(controller) {
        silence.abort();
        const { rest, ending: last } = filter.finish();
        enqueue(controller, rest);
        ending.resolve(last);
      },
      cancel() {
        silence.abort();
        ending.resolve({ kind: "none" });
      },
    }),
  );
  return { output, ending: ending.promise };
}

function enqueue(
  controller: TransformStreamDefaultController<Uint8Array>,
  bytes: Uint8Array,
): void {
  if (bytes.length > 0) controller.enqueue(bytes);
}
