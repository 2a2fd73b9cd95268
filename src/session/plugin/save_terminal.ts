import type { Deps } from "../../deps.ts";

/** The terminal on standard input, as it was. */
export interface SavedTerminal {
  /** Whether its modes are others now. Always so where they cannot be read. */
  isChanged(): Promise<boolean>;
  /** Notes how it is now; the returned function makes it so again. */
  keepChanged(): Promise<() => Promise<void>>;
  restore(): Promise<void>;
}

/**
 * Notes the terminal's settings.
 *
 * The plugin changes them with `stty` on its standard input, and may leave them changed. Where there is no `stty` it
 * cannot, so there nothing is done.
 */
export async function saveTerminal(
  deps: Pick<Deps, "platform" | "spawn">,
): Promise<SavedTerminal> {
  const settings = deps.platform === "windows"
    ? undefined
    : await stty(["-g"], deps);
  return {
    isChanged: async () =>
      settings === undefined || await stty(["-g"], deps) !== settings,
    async keepChanged() {
      const changed = settings === undefined
        ? undefined
        : await stty(["-g"], deps);
      return async () => {
        if (changed !== undefined) await stty([changed], deps);
      };
    },
    async restore() {
      if (settings !== undefined) await stty([settings], deps);
    },
  };
}

async function stty(
  args: readonly string[],
  deps: Pick<Deps, "spawn">,
): Promise<string | undefined> {
  try {
    const child = deps.spawn({
      command: "stty",
      args,
      stdin: "inherit",
      stdout: "piped",
      stderr: "null",
    });
    const text = await new Response(child.stdout).text();
    return (await child.exit).code === 0 ? text.trim() : undefined;
  } catch {
    return undefined;
  }
}
