#!/bin/sh
# Builds the image of a rack from porthole's binary for Linux:
#
#   ./build_image.sh ./porthole registry.example.com/porthole:0.2.0
#
# It holds the binary, the libraries that it is linked to, the CA certificates of this machine and a user without
# rights. There is no shell in it. DOCKER names another program than docker, such as podman.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: build_image.sh BINARY IMAGE:TAG" >&2
  exit 2
fi
binary=$1
image=$2
here=$(cd "$(dirname "$0")" && pwd)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
root=$context/root

mkdir -p "$root/etc/ssl/certs"
cp "$binary" "$root/porthole"
chmod 755 "$root/porthole"

# The libraries, and the loader that starts the binary, where it looks for them.
ldd "$binary" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

for bundle in /etc/ssl/certs/ca-certificates.crt \
  /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  if [ -f "$bundle" ]; then
    cp -L "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
    break
  fi
done
if [ ! -f "$root/etc/ssl/certs/ca-certificates.crt" ]; then
  echo "error: Cannot find this machine's CA certificates: install ca-certificates" >&2
  exit 1
fi

printf 'rack:x:65532:65532::/:/porthole\n' >"$root/etc/passwd"
printf 'rack:x:65532:\n' >"$root/etc/group"
# Names are looked up in files, then in the DNS.
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
# Everybody may read it, and nobody write it.
chmod -R a+rX,go-w "$root"

cp "$here/Dockerfile" "$context/Dockerfile"
exec_docker=${DOCKER:-docker}
$exec_docker build --tag "$image" "$context"
