import { homedir } from "node:os";
import { join } from "node:path";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";

/** What reading needs of the outside. */
export type FileDeps = Pick<Deps, "env" | "readTextFile">;

/** Far above any configuration or token. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Chains of `source_profile` are short; a circle of them ends here. */
const MOST_PROFILES = 16;

/**
 * Reads AWS's configuration and credentials files and hands them to the SDK, which would open them
 * itself on the main thread: a FIFO, or a mount whose server has gone, would then stop the program
 * for good. Each path is read once a process.
 *
 * @throws {PortholeError} config_invalid for what has no end, or does not begin.
 */
export async function loadSharedFiles(deps: FileDeps): Promise<void> {
  const { externalDataInterceptor: sdk } = await import("@smithy/core/config");
  const known = sdk.getFileRecord();
  await Promise.all(
    findSharedPaths(deps.env).map(async ({ named, path }) => {
      if (known[path] !== undefined) return;
      const text = await read(path, "the AWS configuration", deps);
      // What cannot be read is absent for the SDK.
      for (const name of [named, path]) sdk.interceptFile(name, text ?? "");
    }),
  );
}

/**
 * Reads the files that hold a web identity's token, of the environment and of a profile with those
 * that it takes its credentials from, and hands them to the SDK. They change from time to time.
 *
 * @throws {PortholeError} config_invalid for what has no end, or does not begin.
 */
export async function loadTokenFiles(
  profile: string | undefined,
  deps: FileDeps,
): Promise<void> {
  const { externalDataInterceptor: sdk, loadSharedConfigFiles } = await import(
    "@smithy/core/config"
  );
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const paths = [deps.env("AWS_WEB_IDENTITY_TOKEN_FILE")];
  let name = profile ?? deps.env("AWS_PROFILE") ?? "default";
  for (let profiles = 0; profiles < MOST_PROFILES; profiles++) {
    const settings = { ...configFile[name], ...credentialsFile[name] };
    paths.push(settings["web_identity_token_file"]);
    const next = settings["source_profile"];
    if (next === undefined || next === name) break;
    name = next;
  }
  for (const path of paths) {
    if (!path) continue;
    const text = await read(path, "the web identity token", deps);
    // A pipe gives its token once. What cannot be read, the SDK refuses itself.
    if (text) sdk.interceptToken(path, text);
  }
  const container = deps.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (container) {
    // The SDK takes no text for it, only the file.
    await read(container, "the container's token", {
      ...deps,
      readTextFile: (path, options) =>
        deps.readTextFile(path, { ...options, pipes: false }),
    });
  }
}

/** The text that was read of a shared file, which may be a pipe and give it once. */
export async function readConfigFile(deps: FileDeps): Promise<string> {
  await loadSharedFiles(deps);
  const { externalDataInterceptor: sdk } = await import("@smithy/core/config");
  const [config] = findSharedPaths(deps.env);
  return await sdk.getFileRecord()[config?.path ?? ""] ?? "";
}

/** The paths of the configuration and of the credentials, in that order, as the SDK makes them. */
function findSharedPaths(env: FileDeps["env"]) {
  const home = env("HOME") || env("USERPROFILE") || homedir();
  return [
    env("AWS_CONFIG_FILE") || join(home, ".aws", "config"),
    env("AWS_SHARED_CREDENTIALS_FILE") || join(home, ".aws", "credentials"),
  ].map((named) => ({
    named,
    path: named.startsWith("~/") ? join(home, named.slice(2)) : named,
  }));
}

/** Undefined for what is not there, or not for us. */
async function read(
  path: string,
  what: string,
  { readTextFile }: FileDeps,
): Promise<string | undefined> {
  if (path === "/dev/null") return undefined;
  try {
    return await readTextFile(path, { mostBytes: MOST_BYTES });
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.IsADirectory ||
      error instanceof Deno.errors.PermissionDenied
    ) return undefined;
    throw new PortholeError(
      "config_invalid",
      `Cannot read ${what} in ${quoteValue(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
