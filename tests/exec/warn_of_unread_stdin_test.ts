import assert from "node:assert/strict";
import { warnOfUnreadStdin } from "../../src/exec/warn_of_unread_stdin.ts";
import type { Session } from "../../src/session/session.ts";

/** The warnings after a session that took `sent` bytes of a pipe or a terminal. */
function warnings(
  session: { readonly kind: "stream" | "attached"; readonly unread?: boolean },
  { sent = 5, kind = "ended", isTerminal = false }: {
    readonly sent?: number;
    readonly kind?: "ended" | "interrupted";
    readonly isTerminal?: boolean;
  } = {},
): readonly string[] {
  const lines: string[] = [];
  const { unread } = session;
  warnOfUnreadStdin(
    {
      kind: session.kind,
      ...(unread === undefined ? {} : { isInputUnread: () => unread }),
    } as Session,
    { kind, bytes: { in: sent, out: 0 } } as Parameters<
      typeof warnOfUnreadStdin
    >[1],
    {
      stdin: { isTerminal },
      log: { warn: (line) => lines.push(line) },
    },
  );
  return lines;
}

Deno.test("stdin that a command left unread is warned of, once, with a way out", () => {
  const [line, ...more] = warnings({ kind: "stream", unread: true });
  assert.match(line ?? "", /read none of it; .* use -n$/);
  assert.deepEqual(more, []);
});

Deno.test("no warning: nothing was sent, it was read, nobody knows, it was typed, or we ended it", () => {
  const unread = { kind: "stream", unread: true } as const;
  for (
    const lines of [
      warnings(unread, { sent: 0 }),
      warnings({ kind: "stream", unread: false }),
      warnings({ kind: "stream" }),
      warnings({ kind: "attached" }),
      warnings(unread, { isTerminal: true }),
      warnings(unread, { kind: "interrupted" }),
    ]
  ) {
    assert.deepEqual(lines, []);
  }
});
