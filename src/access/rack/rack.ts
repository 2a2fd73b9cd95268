/** How the certificate of a rack is judged: by the public CAs, by one's own beside them, or by its fingerprint alone. */
export type RackTls =
  | { readonly kind: "public" }
  | { readonly kind: "ca"; readonly pem: string }
  /** SHA-256 of the certificate itself, 64 hexadecimal digits in lower case. */
  | { readonly kind: "pin"; readonly sha256: string };

/** A rack, and what opens it. The token is secret. */
export interface Rack {
  /** What it was asked for by; of a URL its host. */
  readonly name: string;
  /** Without user and password; its path stands before those of all requests. */
  readonly url: URL;
  readonly token: string;
  readonly tls: RackTls;
  /** Hosts, beside AWS's own, that a session may be handed off to. */
  readonly streamHosts: readonly string[];
}
