#!/bin/sh
# Installs porthole for Linux (x64, arm64; glibc) and macOS: downloads a release, checks its SHA-256, and
# puts the program in a folder. It asks for no password, and leaves nothing behind when it fails.
#
#     curl -fsSL https://github.com/OWNER/porthole/releases/latest/download/install.sh | sh
#
# What it heeds in the environment:
#
#     VERSION                which version, as 1.2.3 or v1.2.3; otherwise the newest
#     INSTALL_DIR            where to; otherwise /usr/local/bin for root, else ~/.local/bin
#     PORTHOLE_RELEASES_URL  a mirror of the releases: https, or http on this machine. It has the files
#                            latest/download/checksums.txt and download/vVERSION/ASSET
#
# It needs curl or GNU wget, sha256sum or shasum, tar and gzip.
set -eu
# For those who pipe it to zsh, whose traps and words are otherwise its own; "status" is in any case.
[ -z "${ZSH_VERSION:-}" ] || emulate sh

releases=https://github.com/OWNER/porthole/releases

# Called by the last line: a script that was cut off in mid-download does nothing.
main() {
  work='' staged='' made=''
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  [ $# -eq 0 ] || fail "Cannot use $1: install.sh takes no arguments" \
    "set VERSION, INSTALL_DIR or PORTHOLE_RELEASES_URL in its environment"
  read_settings
  find_platform
  find_tools
  check_folder
  work=$(mktemp -d) || fail "Cannot make a folder for the download: see above"

  find_version
  asset=porthole_${version}_${platform}.tar.gz
  # The newest version's checksums are there already.
  [ -e "$work/checksums.txt" ] || download "download/v$version/checksums.txt"
  find_sum
  say "Downloading $asset"
  download "download/v$version/$asset"
  verify
  install_program
  say "Installed porthole $version as $folder/porthole"
  say_what_is_next
}

read_settings() {
  base=${PORTHOLE_RELEASES_URL:-$releases}
  base=${base%/}
  case $base in
    https://github.com/OWNER/*)
      fail "Cannot determine where porthole's releases are: this copy of install.sh is not from a release" \
        "take it from a release, or set PORTHOLE_RELEASES_URL" ;;
    https://?*) protocols=https ;;
    http://*)
      # Nothing but a host and a port up to the first slash: no user, which could look like a host.
      authority=${base#http://}
      authority=${authority%%/*}
      case $authority in
        localhost | 127.0.0.1 | '[::1]') ;;
        localhost:* | 127.0.0.1:* | '[::1]:'*)
          case ${authority##*:} in
            '' | *[!0-9]*) refuse_address ;;
          esac
          case $authority in *@*) refuse_address ;; esac ;;
        *) refuse_address ;;
      esac
      protocols=http,https ;;
    *) refuse_address ;;
  esac

  version=${VERSION:-}
  version=${version#v}
  if [ -n "$version" ] && ! is_version "$version"; then
    fail "Cannot use VERSION=$VERSION: it is not of the form 1.2.3" "leave it out for the newest"
  fi

  if [ -n "${INSTALL_DIR:-}" ]; then
    folder=$INSTALL_DIR
  elif [ "$(id -u)" = 0 ]; then
    folder=/usr/local/bin
  elif [ -n "${HOME:-}" ]; then
    folder=$HOME/.local/bin
  else
    fail "Cannot determine where to install: HOME is not set" "set INSTALL_DIR"
  fi
  case $folder in
    /*) ;;
    '~' | '~'/*)
      fail "Cannot install to $folder: the shell has left the ~ as it is" \
        "write it without quotes, or use \$HOME" ;;
    *) folder=$PWD/$folder ;;
  esac
  while [ "$folder" != / ] && [ "${folder%/}" != "$folder" ]; do folder=${folder%/}; done
}

refuse_address() {
  fail "Cannot use PORTHOLE_RELEASES_URL=$base: it is neither https nor http on this machine" \
    "use an https address"
}

# Digits and dots, then perhaps a pre-release; nothing that could be a path or an option.
is_version() {
  case $1 in
    *[!0-9A-Za-z.-]* | *..*) return 1 ;;
    [0-9]*.[0-9]*.[0-9]*) return 0 ;;
    *) return 1 ;;
  esac
}

find_platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail "Cannot install on $system with install.sh" "use install.ps1 in PowerShell" ;;
    *) refuse_platform "porthole is built for Linux, macOS and Windows" ;;
  esac
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    i?86 | x86 | arm | armv[5-8]* | mips | ppc | riscv32)
      refuse_platform "it is a 32-bit system, and porthole is built for 64-bit ones" ;;
    *) refuse_platform "porthole is built for x86_64 and arm64" ;;
  esac
  if [ "$os" = linux ]; then
    # A 64-bit kernel may carry a 32-bit system, which has no loader for 64-bit programs.
    if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
      refuse_platform "the system on it is a 32-bit one, and porthole is built for 64-bit ones"
    fi
    if is_musl; then
      refuse_platform "its C library is musl (as in Alpine), and porthole needs glibc"
    fi
  elif [ "$arch" = x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then
    # A shell that Rosetta translates says x86_64 of an arm64 machine.
    arch=arm64
  fi
  platform=${os}_$arch
}

refuse_platform() {
  fail "Cannot install on $system $machine: $1" \
    "run porthole on another machine, for example a bastion host with Debian or Amazon Linux"
}

is_musl() {
  case $(ldd --version 2>&1 || :) in
    *musl*) return 0 ;;
    *GLIBC* | *GNU*) return 1 ;;
  esac
  for loader in /lib/ld-musl-*; do
    [ ! -e "$loader" ] || return 0
  done
  return 1
}

find_tools() {
  if has curl; then
    fetcher=curl
  elif has wget && is_gnu_wget; then
    fetcher=wget
  elif has wget; then
    # busybox's takes any certificate, and then the checksums prove nothing.
    fail "Cannot download: this wget does not verify certificates, and curl is not in PATH" \
      "install curl or GNU wget"
  else
    fail "Cannot download: neither curl nor wget is in PATH" "install curl"
  fi
  if has sha256sum; then
    summer=sha256sum
  elif has shasum; then
    summer='shasum -a 256'
  else
    fail "Cannot verify a download: neither sha256sum nor shasum is in PATH" "install coreutils"
  fi
  for tool in tar gzip; do
    has "$tool" || fail "Cannot unpack a download: $tool is not in PATH" "install $tool"
  done
}

has() { command -v "$1" >/dev/null 2>&1; }

is_gnu_wget() {
  case $(wget --version 2>&1 || :) in
    *'GNU Wget'*) return 0 ;;
    *) return 1 ;;
  esac
}

# Says early what could only fail after the download.
check_folder() {
  near=$folder
  while [ ! -e "$near" ] && [ ! -L "$near" ]; do near=$(dirname -- "$near"); done
  [ -d "$near" ] || fail "Cannot install to $folder: $near is not a folder" "set INSTALL_DIR"
  { [ -w "$near" ] && [ -x "$near" ]; } || refuse_folder
  [ ! -d "$folder/porthole" ] || fail "Cannot install to $folder: $folder/porthole is a folder"
}

refuse_folder() {
  fail "Cannot install to $folder: it may not be written to" \
    "set INSTALL_DIR to a folder of your own, for example ~/.local/bin"
}

find_version() {
  [ -z "$version" ] || return 0
  download latest/download/checksums.txt
  names=$(sed -n "s/^[0-9a-f]\{64\} [ *]porthole_\(.*\)_$platform\.tar\.gz\$/\1/p" \
    "$work/checksums.txt")
  # One name, and nothing strange in it.
  is_version "$names" ||
    fail "Cannot find porthole for $platform: $base/latest/download/checksums.txt does not name it" \
      "set VERSION to a version that has it"
  version=$names
}

# Fetches a file of the releases into the work folder.
download() {
  url=$base/$1
  target=$work/${1##*/}
  if [ "$fetcher" = curl ]; then
    # Where the address is https, so is every one that it leads to.
    curl -fsSL --retry 2 --proto "=$protocols" --proto-redir "=$protocols" -o "$target" -- "$url"
  else
    # Quiet only when it succeeds: with -q it does not say why it failed.
    said=$(wget -nv -t 3 -O "$target" -- "$url" 2>&1) || { printf '%s\n' "$said" >&2 && false; }
  fi || fail "Cannot download $url: see above" \
    "look whether that version exists, and whether this machine may reach the address"
}

# The file's own line in the checksums: 64 digits, blanks, the name. There must be one.
find_sum() {
  expected=$(awk -v name="$asset" '$2 == name || $2 == "*" name { print $1 }' "$work/checksums.txt")
  case $expected in
    '') fail "Cannot verify $asset: $base/download/v$version/checksums.txt has no line for it" ;;
    *[!0-9a-f]*) fail "Cannot verify $asset: its line in checksums.txt is not one SHA-256" ;;
  esac
  [ ${#expected} -eq 64 ] ||
    fail "Cannot verify $asset: its line in checksums.txt is not one SHA-256"
}

verify() {
  actual=$($summer <"$work/$asset") || fail "Cannot verify $asset: see above"
  actual=${actual%% *}
  [ "$actual" = "$expected" ] ||
    fail "Cannot use $asset: its SHA-256 is $actual, and checksums.txt says $expected" \
      "try again; if it stays so, something has changed the file on its way"
}

install_program() {
  tar -xzf "$work/$asset" -C "$work" porthole || fail "Cannot unpack $asset: see above"
  [ -f "$work/porthole" ] || fail "Cannot use $asset: porthole in it is not a file"
  if [ ! -d "$folder" ]; then
    made=$near
    mkdir -p -- "$folder" || refuse_folder
  fi
  # In the folder itself: moving it then takes effect at once, for those too who run the old one.
  staged=$(mktemp "$folder/.porthole.XXXXXX") || refuse_folder
  cp -- "$work/porthole" "$staged" || fail "Cannot write to $folder: see above"
  chmod 755 "$staged"
  said=$("$staged" version </dev/null 2>&1) ||
    fail "Cannot use porthole $version on this machine: \"porthole version\" says: $said"
  case $said in
    "porthole $version "* | "porthole $version") ;;
    *) fail "Cannot use $asset: the program in it says that it is $said" ;;
  esac
  mv -f -- "$staged" "$folder/porthole" || fail "Cannot write $folder/porthole: see above"
  staged='' made=''
}

say_what_is_next() {
  case :${PATH:-}: in
    *":$folder:"*)
      first=$(command -v porthole || :)
      [ "$first" = "$folder/porthole" ] ||
        say "hint: PATH has another porthole first: $first" ;;
    *) say "hint: $folder is not in PATH: add it there" ;;
  esac
}

clean_up() {
  code=$?
  trap - EXIT HUP INT TERM
  [ -z "$staged" ] || rm -f -- "$staged"
  [ -z "$work" ] || rm -rf -- "$work"
  # The folders that were made for it, and only those.
  while [ -n "$made" ] && [ "$folder" != "$made" ] && rmdir -- "$folder" 2>/dev/null; do
    folder=$(dirname -- "$folder")
  done
  exit "$code"
}

say() { printf '%s\n' "$1" >&2; }

fail() {
  printf 'error: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
  exit 1
}

main "$@"
