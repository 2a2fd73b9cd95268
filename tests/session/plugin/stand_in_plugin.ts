/** How the stand-in behaves. */
export interface StandInOptions {
  /** What it answers to `--version`. */
  readonly version?: string;
  /** Shell text that it runs in the place of that answer. */
  readonly versionScript?: string;
  /** Shell text that it runs before its session is open, and before it changes the terminal. */
  readonly opening?: string;
  /** Shell text that plays the remote; it has the terminal. Default: says back each line, `exit` ends. */
  readonly remote?: string;
  /** Its last words: as after a normal end, as after an error with this text, or none at all. */
  readonly ending?: "exited" | { readonly error: string } | "none";
  /** AWS's own ends with 0 whatever happens, but for a panic. */
  readonly status?: number;
}

/** A stand-in that was installed, and what it has recorded. */
export interface StandIn {
  readonly path: string;
  /** The arguments of its last session; fails when there was none. */
  readArguments(): Promise<readonly string[]>;
  /** Its `AWS_*` environment. */
  readEnvironment(): Promise<Readonly<Record<string, string>>>;
  /** The signals it caught, in order. */
  readSignals(): Promise<readonly string[]>;
  /** The process that plays the remote. */
  readRemotePid(): Promise<number>;
}

/**
 * Writes a stand-in for AWS's session-manager-plugin into `folder`, which a test then puts into PATH.
 *
 * Like AWS's it takes the session from a variable or from its first argument, prints its banners on stdout, leaves the
 * terminal broken, lives through INT, QUIT and TSTP (says `<INT>` where AWS's sends a byte to the remote), and stops at once,
 * without a word, when its input ends. A byte 03 through a pipe ends the remote.
 */
export async function installStandInPlugin(
  folder: string,
  options: StandInOptions = {},
): Promise<StandIn> {
  const path = `${folder}/session-manager-plugin`;
  const record = `${folder}/record`;
  const ending = options.ending ?? "exited";
  const lastWords = ending === "exited"
    ? `printf '\\n\\nExiting session with sessionId: %s.\\n\\n' "$id"`
    : ending === "none"
    ? ":"
    : `printf '\\n\\nSessionId: %s : %s\\n\\n' "$id" ${quote(ending.error)}`;

  await Deno.writeTextFile(
    path,
    `#!/bin/sh
# A stand-in for AWS's session-manager-plugin, written by a test.
if [ "$1" = --version ]; then
  ${options.versionScript ?? `echo ${quote(options.version ?? "1.2.896.0")}`}
  exit
fi
record=${quote(record)}
mkdir -p "$record"
for argument; do printf '%s\\n' "$argument"; done >"$record/arguments"
env | grep '^AWS_' >"$record/environment"
: >"$record/signals"

case $1 in
  AWS_SSM_START_SESSION_RESPONSE*) eval "session=\\$$1" ;;
  *) session=$1 ;;
esac
id=$(printf '%s' "$session" | sed 's/.*"SessionId":"\\([^"]*\\)".*/\\1/')

for signal in INT QUIT TSTP; do
  trap "echo $signal >>\"\$record/signals\"; printf '<%s>' $signal" $signal
done

printf '\\nStarting session with SessionId: %s\\n' "$id"
${options.opening ?? ":"}
if [ -t 0 ]; then stty cbreak -echo; fi
exec 3<&0
# Behind a pipe the plugin reads its input itself, below.
if [ -t 0 ]; then exec 4<&3; else exec 4</dev/null; fi
sh -c 'echo $$ >"$1"; trap "" TSTP; eval "$2"' remote "$record/pid" ${
      quote(options.remote ?? ECHO)
    } <&4 3<&- 4<&- &
remote=$!
if ! [ -t 0 ]; then
  while key=$(dd bs=1 count=1 2>/dev/null <&3 | od -An -tx1 | tr -d ' \\n'); do
    case $key in
      03) kill -TERM $remote ;;
      '') kill -KILL $remote $$ ;;
    esac
    [ "$key" ] || break
  done >/dev/null 2>&1 &
fi
# A signal cuts wait short. A shell says on stderr when a signal has ended what it waits for.
while kill -0 $remote; do wait $remote; done 2>/dev/null
if [ -t 0 ]; then stty raw -echo; else kill $! 2>/dev/null; fi
${lastWords}
exit ${options.status ?? 0}
`,
    { mode: 0o755 },
  );

  const readLines = async (name: string) =>
    (await Deno.readTextFile(`${record}/${name}`)).split("\n").filter((line) =>
      line !== ""
    );
  return {
    path,
    // Not filtered: an empty argument is an empty line.
    readArguments: async () =>
      (await Deno.readTextFile(`${record}/arguments`)).split("\n").slice(0, -1),
    readEnvironment: async () =>
      Object.fromEntries(
        (await readLines("environment")).map((line) => {
          const at = line.indexOf("=");
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      ),
    readSignals: () => readLines("signals"),
    readRemotePid: async () => Number((await readLines("pid"))[0]),
  };
}

const ECHO =
  `while IFS= read -r line && [ "$line" != exit ]; do printf 'remote: %s\\n' "$line"; done`;

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
