import { openRackSession, RackRefusal } from "./open_rack_session.ts";

/** How long a process that runs may not be ready for an exec. */
const READY_MS = 30_000;
const RETRY_MS = 1_000;

/**
 * Opens a session in a process that has just begun to run: a rack may refuse it for a while, with nothing run. Our
 * streams are not touched before one has begun.
 */
export async function openWhenReady(
  ...[sessions, what, tools]: Parameters<typeof openRackSession>
): ReturnType<typeof openRackSession> {
  const { deps, log, onStarted } = tools;
  const end = deps.now().getTime() + READY_MS;
  for (;;) {
    const started = Promise.withResolvers<undefined>();
    const opened = await openRackSession(sessions, what, {
      ...tools,
      onStarted: () => {
        started.resolve(undefined);
        onStarted();
      },
    });
    const ended = await Promise.race([
      started.promise,
      opened.session.exit,
    ]);
    const refused = ended?.kind === "failed" &&
      ended.error instanceof RackRefusal;
    if (!refused || deps.now().getTime() + RETRY_MS > end) return opened;
    log.debug(`The rack refused: ${ended.error.message}`);
    await deps.sleep(RETRY_MS);
  }
}
