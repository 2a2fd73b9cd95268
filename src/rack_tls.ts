/** How the certificate of a rack is judged: by the public CAs, by one's own beside them, or by its fingerprint alone. */
export type RackTls =
  | { readonly kind: "public" }
  | { readonly kind: "ca"; readonly pem: string }
  /** SHA-256 of the certificate itself, 64 hexadecimal digits in lower case. */
  | { readonly kind: "pin"; readonly sha256: string };
