#!/bin/sh
# Makes the test CA and a certificate for the sandbox's names.
set -eu
cd "$(dirname "$0")"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
  -keyout ca.key -out ca.crt -days 36500 -subj "/CN=porthole test CA" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
  -keyout server.key -out server.csr -subj "/CN=sandbox.test"
printf '%s\n' \
  "subjectAltName=DNS:localhost,DNS:sandbox.test,DNS:*.sandbox.test" \
  "extendedKeyUsage=serverAuth" "basicConstraints=CA:FALSE" >server.ext
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
  -out server.crt -days 36500 -extfile server.ext
rm -f server.csr server.ext ca.srl ca.key
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
  -keyout ca.key -out other_ca.crt -days 36500 -subj "/CN=another test CA"
rm -f ca.key
