#!/bin/sh
# Installs porthole into a machine image, as root: for the shell provisioner of an image builder (Packer,
# EC2 Image Builder). It brings /usr/local/bin/porthole and /etc/porthole/config.yml, and nothing else.
#
#     provision.sh [CONFIG]   CONFIG becomes /etc/porthole/config.yml; otherwise the config.yml beside it
#
# VERSION and PORTHOLE_RELEASES_URL are install.sh's. An install.sh beside this script is taken instead
# of the release's own. It needs curl and what install.sh needs.
set -eu

version=${VERSION:-0.0.0-unstamped}
releases=${PORTHOLE_RELEASES_URL:-https://github.com/OWNER/porthole/releases}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
config=${1:-$here/config.yml}
if [ "$(id -u)" != 0 ]; then
  echo "error: Cannot provision as $(id -un): it takes root" >&2
  exit 1
fi
if [ ! -f "$config" ]; then
  echo "error: Cannot read $config: it is not there" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
if [ -f "$here/install.sh" ]; then
  cp -- "$here/install.sh" "$work/install.sh"
else
  url=${releases%/}/download/v${version#v}/install.sh
  if ! curl -fsSL --retry 5 -o "$work/install.sh" -- "$url"; then
    echo "error: Cannot download $url: see above" >&2
    exit 1
  fi
fi
VERSION=$version INSTALL_DIR=/usr/local/bin sh "$work/install.sh"

mkdir -p /etc/porthole
cp -- "$config" /etc/porthole/config.yml
chmod 644 /etc/porthole/config.yml
# Reads the file as everybody will.
/usr/local/bin/porthole config show >/dev/null
