import { resolve } from "node:path";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath } from "../quote_value.ts";
import type { Setting } from "../setting.ts";
import type { ConfigFile } from "./config_error.ts";

/** Looked for in the working directory, in this order, as ecspresso does. */
export const DEFAULT_NAMES = [
  "ecspresso.yml",
  "ecspresso.yaml",
  "ecspresso.json",
  "ecspresso.jsonnet",
] as const;

/** The name that stands for no file; a file that is called so is `./none`. */
const NO_FILE = "none";

const MOST_BYTES = 1024 * 1024;

type FindDeps = Pick<
  Deps,
  "cwd" | "env" | "readTextFile" | "readOwnedFile" | "userId"
>;

/**
 * Reads the file that was named, unless that is `none`, else the first of the default names that exists, if any does. One
 * that was named is trusted; one that lies in the directory may be anybody's.
 */
export async function findFile(
  named: Setting<string> | undefined,
  deps: FindDeps,
): Promise<ConfigFile | undefined> {
  if (named?.value === NO_FILE) return undefined;
  if (named !== undefined) {
    const file = await readFile(named.value, deps);
    if (file !== undefined) return file;
    throw new PortholeError(
      "config_not_found",
      `Cannot find the configuration file ${
        quotePath(named.value)
      }: there is no file ${quotePath(resolve(deps.cwd(), named.value))}`,
      {
        hint: named.source.kind === "env"
          ? `Set by ${named.source.name}`
          : undefined,
      },
    );
  }
  for (const name of DEFAULT_NAMES) {
    let owners: readonly number[] = [];
    const file = await readFile(name, {
      ...deps,
      readTextFile: async (path, options) => {
        // A pipe under a default name is not a configuration; reading it could block forever.
        const read = await deps.readOwnedFile(path, {
          ...options,
          pipes: false,
        });
        owners = read.owners;
        return read.text;
      },
    });
    if (file === undefined) continue;
    const stranger = owners.find((owner) => !isTrusted(owner, deps));
    return stranger === undefined ? file : { ...file, stranger };
  }
  return undefined;
}

/** The user, root, and under sudo who has called it, as git has it for the directories that it trusts. */
function isTrusted(
  owner: number,
  { env, userId }: Pick<Deps, "env" | "userId">,
): boolean {
  const user = userId();
  return owner === user || owner === 0 ||
    (user === 0 && String(owner) === env("SUDO_UID"));
}

/** Reads a file relative to the working directory; undefined when there is none. */
export async function readFile(
  name: string,
  { cwd, readTextFile }: Pick<Deps, "cwd" | "readTextFile">,
): Promise<ConfigFile | undefined> {
  const path = resolve(cwd(), name);
  try {
    const text = await readTextFile(path, { mostBytes: MOST_BYTES });
    // A byte order mark is not part of the text, nor a column of its first line.
    return { name, path, text: text.replace(/^\ufeff/, "") };
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw new PortholeError(
      "config_invalid",
      `Cannot read the configuration file ${quotePath(name)}: ${
        tellReason(error)
      }`,
      { cause: error },
    );
  }
}

function tellReason(error: unknown): string {
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return messageOf(error);
}
