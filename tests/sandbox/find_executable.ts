import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { Buffer } from "node:buffer";
import type { ContainerImage } from "./container_image.ts";

/** The file behind the first word of a command, or why the agent cannot start it. */
export type FoundExecutable =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "error"; readonly message: string };

const systemFolders = [
  "/bin",
  "/usr/bin",
  "/sbin",
  "/usr/sbin",
  "/usr/local/bin",
];

/** Looks the command up as Go's exec does in the agent, with Go's words when it fails. */
export function findExecutable(
  word: string,
  image: ContainerImage,
  cwd: string,
): FoundExecutable {
  if (word === "") return { kind: "error", message: "exec: no command" };
  if (!word.includes("/")) {
    const found = image.path.split(":").map((folder) => join(folder, word))
      .find((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat?.isFile() && (stat.mode & 0o111) !== 0;
      });
    if (found === undefined) {
      return {
        kind: "error",
        message: `exec: "${word}": executable file not found in $PATH`,
      };
    }
    return conclude(word, found, word);
  }
  // In an image with tools of its own, /bin/sh is that image's sh.
  const path =
    image.tools !== undefined && systemFolders.includes(dirname(word))
      ? join(image.tools, basename(word))
      : isAbsolute(word)
      ? word
      : join(cwd, word);
  return conclude(word, path, path);
}

function conclude(word: string, path: string, file: string): FoundExecutable {
  const state = check(path);
  if (state === "ok") return { kind: "file", file };
  const reason = {
    missing: "no such file or directory",
    denied: "permission denied",
    format: "exec format error",
  }[state];
  const named = word.includes("/") ? word : path;
  return { kind: "error", message: `fork/exec ${named}: ${reason}` };
}

/** What execve would make of a file. */
function check(path: string): "ok" | "missing" | "denied" | "format" {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return "missing";
  if (!stat.isFile() || (stat.mode & 0o111) === 0) return "denied";
  const start = Buffer.alloc(256);
  const descriptor = openSync(path, "r");
  const length = readSync(descriptor, start, 0, start.length, 0);
  closeSync(descriptor);
  const text = start.toString("latin1", 0, length);
  if (text.startsWith("#!")) {
    const interpreter = /^#![ \t]*(\S+)/.exec(text)?.[1] ?? "";
    return statSync(interpreter, { throwIfNoEntry: false }) === undefined
      ? "missing"
      : "ok";
  }
  return /^(\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe)/.test(text)
    ? "ok"
    : "format";
}
