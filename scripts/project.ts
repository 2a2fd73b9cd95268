import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The top of the work tree. */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly version: string;
  readonly tasks: Readonly<Record<string, string>>;
}

/** Reads what deno.json says about the project. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(`${projectRoot}deno.json`, "utf8"));
}

/** Reads the version of Deno that the project is built with. */
export function readDenoVersion(): string {
  return readFileSync(`${projectRoot}.deno-version`, "utf8").trim();
}
