import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ImageName, ImageOption } from "./sandbox_options.ts";

/** What a container finds in its PATH. */
export type ContainerImage = {
  readonly path: string;
  /**
   * Directory of the image's tools. `undefined` means the machine's own PATH,
   * where an absolute path is what it says; otherwise `/bin/sh` is the image's.
   */
  readonly tools: string | undefined;
};

/** Raised when this machine lacks what an image is made of. */
export class ImageUnavailableError extends Error {
  override name = "ImageUnavailableError";
}

const shells = ["sh", "dash", "bash", "rbash", "busybox", "zsh", "ksh", "fish"];

// What a small image of a Linux distribution has; the shell comes on top.
const usualTools = ("[ arch awk base32 base64 basename bzip2 cat chgrp chmod " +
  "chown chroot cksum clear cmp comm cp csplit cut date dd df diff dircolors " +
  "dirname du echo env expand expr factor false find fold free getconf " +
  "getent grep groups gzip head hostname id infocmp install join kill less " +
  "link ln logname ls md5sum mkdir mkfifo mknod mktemp more mv nice nl nohup " +
  "nproc numfmt od openssl paste pathchk perl pinky pr printenv printf ps " +
  "ptx pwd python3 readlink realpath renice reset rev rm rmdir runuser sed " +
  "seq setpriv setsid sha1sum sha256sum sha512sum shuf sleep sort split stat " +
  "stdbuf stty su sum sync tabs tac tail tar tee test timeout top touch tput " +
  "tr true truncate tsort tty uname unexpand uniq unlink users vi wc who " +
  "whoami xargs xxd xz yes").split(" ");

/** What the named images stand for. */
const namedImages: Record<
  Exclude<ImageName, "debian">,
  Exclude<ImageOption, ImageName> & { readonly also?: readonly string[] }
> = {
  dash: { sh: "dash", also: ["dash"] },
  bash: { sh: "bash", also: ["bash"] },
  busybox: { sh: "busybox" },
  "no-sh": { sh: "none" },
  "no-stty": { sh: "dash", also: ["dash", "bash"], without: ["stty"] },
  "no-base64": { sh: "dash", also: ["dash", "bash"], without: ["base64"] },
};

/** The names that `--image` takes. */
export const imageNames: readonly ImageName[] = [
  "debian",
  ...Object.keys(namedImages) as Exclude<ImageName, "debian">[],
];

/** Whether this machine can make an image; tests that need it skip visibly if not. */
export function isImageAvailable(image: ImageOption): boolean {
  if (image === "debian") return true;
  const { sh } = typeof image === "string" ? namedImages[image] : image;
  return sh === "none" || findProgram(sh) !== undefined;
}

/** Makes an image below `directory`: one directory of symbolic links, made once. */
export function makeContainerImage(
  image: ImageOption,
  directory: string,
): ContainerImage {
  if (image === "debian") {
    return { path: Deno.env.get("PATH") ?? "/usr/bin:/bin", tools: undefined };
  }
  const { sh, without = [], also = [] } = typeof image === "string"
    ? { also: [], without: [], ...namedImages[image] }
    : { also: image.sh === "none" ? [] : [image.sh], ...image };
  const name = `${sh}${also.map((tool) => `+${tool}`).join("")}` +
    without.map((tool) => `-${tool}`).join("");
  const tools = join(directory, name);
  if (existsSync(tools)) return { path: tools, tools };
  const links = new Map<string, string>();
  if (sh === "busybox") {
    const busybox = requireProgram("busybox", image);
    for (const applet of listApplets(busybox)) links.set(applet, busybox);
  } else {
    for (const tool of usualTools) {
      const found = findProgram(tool);
      if (found !== undefined) links.set(tool, found);
    }
    for (const shell of also) links.set(shell, requireProgram(shell, image));
    if (sh !== "none") links.set("sh", requireProgram(sh, image));
  }
  for (const tool of without) links.delete(tool);
  Deno.mkdirSync(tools, { recursive: true });
  for (const [tool, target] of links) {
    Deno.symlinkSync(target, join(tools, tool));
  }
  return { path: tools, tools };
}

/** Fills a container's home with a small plausible tree. */
export function fillContainerHome(home: string, service: string): void {
  const files: Record<string, string> = {
    ".bash_logout": "# ~/.bash_logout\n",
    ".bashrc": "# ~/.bashrc\nPS1='\\u@\\h:\\w\\$ '\n",
    ".profile": "# ~/.profile\n",
    "app/main.js": `console.log("${service}");\n`,
    "app/package.json": `{"name":"${service}","version":"1.0.0"}\n`,
    "etc/hostname": `${service}\n`,
    "etc/os-release": 'PRETTY_NAME="Sandbox"\nID=sandbox\n',
    "var/log/app.log": "started\n",
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name);
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
}

/** Finds a program in the machine's PATH. */
export function findProgram(name: string): string | undefined {
  if (name === "busybox") {
    const named = Deno.env.get("PORTHOLE_SANDBOX_BUSYBOX");
    if (named !== undefined) return named;
  }
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (folder === "") continue;
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() && (stat.mode & 0o111) !== 0) return path;
  }
  return undefined;
}

function requireProgram(name: string, image: ImageOption): string {
  const found = findProgram(name);
  if (found === undefined) {
    throw new ImageUnavailableError(
      `Cannot make the image ${JSON.stringify(image)}: ${name} is not ` +
        "installed on this machine",
    );
  }
  return found;
}

function listApplets(busybox: string): readonly string[] {
  const { stdout } = new Deno.Command(busybox, {
    args: ["--list"],
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((applet) =>
    applet !== "" && (applet === "sh" || !shells.includes(applet))
  );
}
