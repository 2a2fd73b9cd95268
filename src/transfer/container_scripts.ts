/**
 * The scripts that run in the container, for any POSIX shell: what they need beyond it is looked for there.
 *
 * What they say are words (`split_words.ts`): `hello` and what was found, `s NUMBER KIND ATTRIBUTES` where a
 * source begins, `=STATUS` where it ends, `e TEXT` for a line that a program wrote to its stderr, `k NAME` for
 * a file that did not come whole (escaped for printf), `t BYTES` for about what a directory holds, `!` where
 * nothing did, and `. STATUS` at the end.
 */
const COMMON = [
  // Of the container's own environment nothing may be taken for ours.
  `t= v=1`,
  `export LC_ALL=C`,
  `exec 2>/dev/null`,
  `s(){ printf "\\036$n:%.2000s\\n" "$*";}`,
  `h(){ command -v "$1">/dev/null 2>&1;}`,
  // Runs a program: its output is sent, each line of its stderr becomes a word, its status is returned.
  `x(){ { { "$@" 2>&1 >&4 4>&-;v=$?;echo;echo "=$v";}|{ v=1;while IFS= read -r l;do case $l in ` +
  `=[0-9]*)v=\${l#=};;?*)s "e $l";;esac;done >&4;exit $v;};} 4>&1;}`,
];

/** Bytes that a session which changes what is not text would change; they follow `hello`. */
export const PROBE: readonly number[] = [0xef, 0x2f, 0x80];

const SEND = [
  `n=$1 k=$2 y=$3`,
  `shift 3`,
  ...COMMON,
  `a(){ stat -L -c "%a %Y %u %g %s" "$1" 2>/dev/null;}`,
  // The beginning of a source, to see whether it can be compressed.
  `c(){ if [ -d "$1" ];then tar -cf - -C "$1" .;elif [ -f "$1" ];then cat "$1";fi 2>/dev/null|` +
  `dd bs=10240 count=20 2>/dev/null;}`,
  `z=-`,
  `h gzip&&w=$(c "$1"|wc -c)&&[ "$w" -gt 9999 ]&&v=$(c "$1"|gzip -1|wc -c)&&` +
  `[ $((v*10)) -lt $((w*9)) ]&&z=z`,
  // What a directory holds, found out while it is sent; busybox counts in blocks alone.
  `b(){ w=$(du -sb "$1") u=1;[ "$w" ]||{ w=$(du -sk "$1");u=1024;};w=\${w%%[!0-9]*};[ "$w" ]&&s "t $((w*u))";}`,
  `m(){ i=0;for f do if [ -d "$f" ];then s "s $i d $(a "$f")";if [ $k = f ];then s =21;` +
  `elif h tar;then [ $y = - ]||b "$f"&x tar -cf - -C "$f" .;s "=$?";else s =127;fi;` +
  `elif [ -f "$f" ]||[ ! -e "$f" ];then s "s $i f $(a "$f")";x cat "$f";s "=$?";` +
  `else s "s $i o";s =1;fi;i=$((i+1));done;s ". 0";}`,
  `s "hello $z"`,
  `printf "\\357/\\200"`,
  `s go`,
  `if [ $z = z ];then m "$@"|gzip -1;else m "$@";fi`,
].join("\n");

/** The words of a command that sends files; each path begins with "/" or "./". */
export function sendCommand(
  nonce: string,
  paths: readonly string[],
  { filesOnly, tellsSizes }: {
    readonly filesOnly: boolean;
    /** Of directories, too: they are looked through for it. */
    readonly tellsSizes: boolean;
  },
): readonly [string, ...string[]] {
  return [
    "sh",
    "-c",
    SEND,
    "porthole",
    nonce,
    filesOnly ? "f" : "a",
    tellsSizes ? "t" : "-",
    ...paths,
  ];
}

/** What of a container's programs the script that receives looks for; without the rest less is kept. */
const RECEIVE_TOOLS = [
  "cat",
  "dd",
  "gzip",
  "mkdir",
  "mv",
  "rm",
  "tail",
  "tar",
  "wc",
] as const;

/** One of them. */
export type ReceiveTool = typeof RECEIVE_TOOLS[number];

const RECEIVE = [
  `n=$1 d=$2 b=$3`,
  ...COMMON,
  `k=x;if [ -d "$d" ];then k=d;elif [ -f "$d" ];then k=f;elif [ -e "$d" ];then k=o;elif [ -L "$d" ];then k=l;` +
  `elif [ ! -d "\${d%/*}/" ];then k=p;fi`,
  `c=;for p in ${RECEIVE_TOOLS.join(" ")};do h $p&&c="$c $p";done`,
  `s "hello $k$c"`,
  `read -r m z o i u||exit 1`,
  `w(){ if [ $z = z ];then gzip -dc;else cat;fi;}`,
  `e(){ s ". $1";exit 0;}`,
  `trap '[ -z "$t" ]||rm -rf "$t"' 0;trap 'exit 1' 1 2 3 15`,
  `if [ $m = f ];then g=$d;[ $k = d ]&&g=\${d%/}/$b`,
  `[ -d "$g" ]&&s "e $g: Is a directory"&&e 1`,
  `[ -L "$g" ]&&l=$(readlink -f "$g")&&[ "$l" ]&&g=$l`,
  // A device that gives way to a file takes what needs it along: /dev/null, most of all.
  `[ -e "$g" ]&&[ ! -f "$g" ]&&s "e $g: Not a regular file"&&e 1`,
  `t=\${g%/*}/.porthole-$n`,
  `q(){ [ $o = - ]||umask 077;w>"$t";}`,
  `x q||e 1`,
  // What the file must end with: the nonce, and how long it is without this.
  `y=$(($(wc -c<"$t")-32));[ "$(tail -c 32 "$t" 2>/dev/null)" = "$n$(printf %016d $y)" ]||{ s !;exit;}`,
  `[ $o = - ]&&[ -e "$g" ]&&o=$(stat -c %a "$g" 2>/dev/null||echo -)`,
  `q(){ dd if=/dev/null of="$t" bs=1 seek=$y count=0 2>/dev/null;` +
  `[ "$(($(wc -c<"$t")))" = $y ]||{ echo "$t: cannot be truncated">&2;return 1;};` +
  `[ $u = - ]||chown $u "$t"||o=\${o#[2-7]???};[ "\${o:--}" = - ]||chmod $o "$t";` +
  `[ $i = - ]||TZ=UTC0 touch -t $i "$t";mv -f "$t" "$g";}`,
  `x q;e $?`,
  `fi`,
  `case $k in d)t=\${d%/}/;;*)t=\${d%/*}/;;esac;t=$t.porthole-$n`,
  `x mkdir -m 700 "$t"||{ t=;e 1;}`,
  // Where the packing is damaged, nothing counts.
  `q(){ y=$({ { w;echo "w$?">&3;}|{ tar -xp$u -f - -C "$t";v=$?;cat>/dev/null;exit $v;};} 3>&1);` +
  `v=$?;case $y in *w0*)return $v;;esac;return 99;}`,
  `x q;v=$?`,
  `[ -f "$t/end" ]&&[ $v != 99 ]||{ s !;exit;}`,
  // A list is whole that ends with a line of its own.
  `l(){ [ "$(tail -n 1 "$t/$1")" = . ]||{ s !;exit;};}`,
  `[ -f "$t/bad" ]&&{ l bad;`,
  // Files that could not be read whole where they come from.
  `while IFS= read -r l;do g=$(printf %b. "$l");rm -f "$t/r/\${g%.}";done<"$t/bad";}`,
  // After a failure, of a disk that is full for example, files count that are as long as they should be.
  `[ $v = 0 ]||{ l all;while read -r y l;do [ "$y" = . ]&&break;g=$(printf %b. "$l");g=$t/r/\${g%.};` +
  `[ -f "$g" ]&&[ "$(($(wc -c<"$g")))" = "$y" ]||{ rm -f "$g";s "k $l";};done<"$t/all";}`,
  // Moves what a directory holds into another one that is there.
  `j()( r=0 a=$1 y=$2;set --;f(){ [ $# = 0 ]||mv -f "$@" "$y/"||r=1;};for p in "$a"/* "$a"/.[!.]* "$a"/..?*;do ` +
  `[ -e "$p" ]||[ -L "$p" ]||continue;g=$y/\${p##*/};if [ -d "$p" ]&&[ ! -L "$p" ];then if [ -d "$g" ];then ` +
  `j "$p" "$g"||r=1;continue;elif [ -e "$g" ];then echo "$g: Not a directory">&2;r=1;continue;fi;` +
  `elif [ -d "$g" ]&&[ ! -L "$g" ];then echo "$g: Is a directory">&2;r=1;continue;` +
  `elif [ -e "$g" ]&&[ ! -f "$g" ]&&[ ! -L "$g" ];then echo "$g: Not a regular file">&2;r=1;continue;fi;` +
  `set -- "$@" "$p";[ $# -lt 50 ]||{ f "$@";set --;};done;f "$@";exit $r)`,
  `if [ -d "$d" ];then x j "$t/r" "\${d%/}";else x mv "$t/r" "$d";fi&&e $v`,
  `e 1`,
].join("\n");

/** The words of a command that receives; the path begins with "/" or "./". */
export function receiveCommand(
  nonce: string,
  path: string,
  /** The name that a single file gets in a directory. */
  name: string,
): readonly [string, ...string[]] {
  return ["sh", "-c", RECEIVE, "porthole", nonce, path, name];
}

/** What a file that is sent as it is ends with, so that the container sees that all of it has come. */
export function endOfFile(nonce: string, length: number): Uint8Array {
  return new TextEncoder().encode(
    `${nonce}${String(length).padStart(16, "0")}`,
  );
}

/** The nonce of a transfer. */
export function createNonce(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}
