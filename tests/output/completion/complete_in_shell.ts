import {
  buildCompletionModel,
  type CompletionModel,
} from "../../../src/args/completion_model.ts";
import type { Shell } from "../../../src/args/shells.ts";
import { formatCompletion } from "../../../src/output/completion/format_completion.ts";
import { openPty } from "../../e2e/pty.ts";

/** A shell that can be run here. */
export type RealShell = Exclude<Shell, "powershell">;

/** What came of completing one line. */
export interface Completed {
  /** What its last word can become, in order. */
  readonly words: readonly string[];
  /** What porthole was asked for it. */
  readonly asked: readonly string[];
}

/** How the shell is set up. */
export interface ShellOptions {
  /** The text of the `porthole` in PATH; null for none. */
  readonly porthole?: string | null;
  /** What the script is made of; porthole's own tables if it is absent. */
  readonly model?: CompletionModel;
  /** Lines for the shell before all others. */
  readonly preparation?: readonly string[];
  /** Added to a bare environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Answers as `porthole __complete` does, keeps a record of what it was asked, and makes noise. */
export const STAND_IN = `#!/bin/sh
echo "$@" >>"\${0%/*}/../asked"
echo noise >&2
case "$2 $3" in
  "targets prod/"*) printf 'prod/api\\tACTIVE: 2 tasks\\nprod/app\\n' ;;
  targets*) printf 'web\\tACTIVE: 2 tasks\\nworker\\t\\nw$(touch pwned)\\t\\nw;x\\nxenon/\\tcluster\\n' ;;
  services*) printf 'web\\t\\nworker\\t\\n' ;;
  clusters*) printf 'prod\\t\\nxenon\\tACTIVE\\n' ;;
  tasks*) printf 'a8a5a91ee0385785252133232de909f6\\tRUNNING\\n' ;;
  profiles*) printf 'me\\teu-west-1\\nprod-admin\\t\\n' ;;
  regions*) printf 'eu-west-1\\tIreland\\nus-east-1\\tN. Virginia\\n' ;;
  containers*) printf 'web\\tRUNNING\\nsidecar\\tRUNNING\\n' ;;
esac
`;

/** Completes lines in a real shell, at its keys but for fish, in a folder with some files; `screen` is all else that was shown. */
export async function completeInShell(
  shell: RealShell,
  lines: readonly string[],
  { porthole = STAND_IN, model = buildCompletionModel(), ...options }:
    ShellOptions = {},
): Promise<{
  readonly completed: readonly Completed[];
  readonly screen: string;
  readonly files: readonly string[];
}> {
  const folder = await Deno.makeTempDir({ prefix: "porthole-completion-" });
  try {
    await Deno.mkdir(`${folder}/bin`);
    if (porthole !== null) {
      const path = `${folder}/bin/porthole`;
      await Deno.writeTextFile(path, porthole, { mode: 0o755 });
    }
    const script = formatCompletion(shell, model);
    await Deno.writeTextFile(`${folder}/completion`, script);
    await Deno.writeTextFile(`${folder}/prod.yml`, "");
    await Deno.writeTextFile(`${folder}/pro d.yml`, "");
    const complete = shell === "fish" ? completeInFish : completeAtKeys;
    const results = await complete(shell, lines, folder, options);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    return { ...results, files };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Results {
  readonly completed: readonly Completed[];
  readonly screen: string;
}

/** How a shell is started, and how Ctrl-T comes to put in all completions at once. */
const SETUPS: Readonly<
  Record<string, {
    readonly argv: readonly [string, ...string[]];
    readonly preparation: readonly string[];
  }>
> = {
  bash: {
    argv: ["bash", "--norc", "--noprofile", "-i"],
    preparation: [
      "PS1='> '",
      "bind 'set enable-bracketed-paste off'",
      `bind '"\\C-t": insert-completions'`,
      "source ./completion",
    ],
  },
  zsh: {
    argv: ["zsh", "-f", "-i"],
    preparation: [
      "PS1='> '; unset zle_bracketed_paste",
      "autoload -Uz compinit; compinit -D -u",
      "zle -C all complete-word _generic; bindkey '^T' all",
      "zstyle ':completion:all::::' completer _all_matches _complete",
      "zstyle ':completion:all:*' insert true",
      // Saved in $fpath it has been found already.
      "(( $+functions[_porthole] )) || source ./completion",
    ],
  },
};

// porthole itself, once it is run, only tells its words: completions ask the one in PATH.
const TELL = `porthole() { printf '\\036%s' "$@"; printf '\\035\\n'; }`;

/** Types the lines into a shell in a terminal. */
async function completeAtKeys(
  shell: RealShell,
  lines: readonly string[],
  folder: string,
  { preparation = [], env }: ShellOptions,
): Promise<Results> {
  const { argv: [command, ...args], preparation: usual } = SETUPS[shell]!;
  const pty = openPty({
    command,
    args,
    cwd: folder,
    columns: 1000,
    env: bareEnvironment(folder, env),
  });
  try {
    for (const line of [...preparation, ...usual, TELL, "echo r''eady"]) {
      pty.write(`${line}\n`);
    }
    await pty.waitFor("ready");
    const completed: Completed[] = [];
    for (const line of lines) {
      pty.write(`${line}\x14\n`);
      // deno-lint-ignore no-control-regex
      const shown = await pty.waitFor(/\x1e[^\x1d]*\x1d/);
      const words = shown.slice(shown.indexOf("\x1e") + 1, -1).split("\x1e")
        .slice(countWordsBefore(line));
      completed.push({
        words: words.map(withoutFlag).sort(),
        asked: await takeAsked(folder),
      });
    }
    pty.write("exit\n");
    await pty.exit;
    return { completed, screen: pty.output };
  } finally {
    pty.close();
  }
}

/** How many words porthole gets from before the one under the cursor, which Ctrl-B may have moved. */
function countWordsBefore(line: string): number {
  const typed = line.replaceAll("\x02", "");
  const cursor = typed.length - (line.length - typed.length);
  return typed.slice(0, cursor).replace(/^.*porthole /, "").split(" ").length -
    1;
}

/** fish tells its completions to a script. */
async function completeInFish(
  _shell: RealShell,
  lines: readonly string[],
  folder: string,
  { preparation = [], env }: ShellOptions,
): Promise<Results> {
  const script = [
    ...preparation,
    "source ./completion",
    ...lines.map((line) =>
      `complete -C '${line}'; printf '\\x1d'; cat asked 2>/dev/null; rm -f asked; printf '\\x1e'`
    ),
  ].join("\n");
  const { stdout, stderr } = await new Deno.Command("fish", {
    args: ["--no-config", "-c", script],
    cwd: folder,
    clearEnv: true,
    env: bareEnvironment(folder, env),
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const completed = decode(stdout).split("\x1e").slice(0, -1).map((text) => {
    const [words = "", asked = ""] = text.split("\x1d");
    return {
      words: splitLines(words)
        .map((line) => withoutFlag(line.split("\t")[0]!)).sort(),
      asked: splitLines(asked),
    };
  });
  return { completed, screen: decode(stderr) };
}

/** `--pick=first` and `first` are the same answer; a shell may write either, or the one after the other. */
function withoutFlag(word: string): string {
  return word.replace(/^--?[\w-]+=/, "");
}

/** Nothing of the user's; of programs, what every system has. */
function bareEnvironment(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    HOME: folder,
    TERM: "dumb",
    LANG: "C.UTF-8",
    ...env,
    PATH: `${folder}/bin:${env["PATH"] ?? "/usr/bin:/bin"}`,
  };
}

async function takeAsked(folder: string): Promise<readonly string[]> {
  try {
    const text = await Deno.readTextFile(`${folder}/asked`);
    await Deno.remove(`${folder}/asked`);
    return splitLines(text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function splitLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
