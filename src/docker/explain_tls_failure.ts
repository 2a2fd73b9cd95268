import { messageOf, PortholeError } from "../errors.ts";
import { quoteValue } from "../quote_value.ts";
import type { DockerTls } from "./read_docker_tls.ts";

type VerifiedTls = Extract<DockerTls, { kind: "verified" }>;

/** Explains what is wrong with a server's certificate, from rustls' words; undefined for a failure of another kind. */
export function explainServerCertificate(
  error: unknown,
  name: string,
  host: string,
  { ca, serverName }: VerifiedTls,
): PortholeError | undefined {
  const text = messageOf(error);
  const refuse = (why: string, hint: string) =>
    new PortholeError(
      "docker_untrusted",
      `Cannot trust the Docker daemon at ${name}: ${why}`,
      { hint, cause: error },
    );
  const caName = ca === undefined
    ? "any authority of this system"
    : `the authority in ${quoteValue(ca.path)}`;
  if (/certificate not valid for name|NotValidForName/.test(text)) {
    const names = /only valid for (.*)$/.exec(text)?.[1]?.match(/"[^"]*"/g);
    return refuse(
      `its certificate is not valid for ${quoteValue(serverName ?? host)}${
        names ? ` but for ${names.join(", ")}` : ""
      }`,
      "check exec.docker.host; exec.docker.tls.server_name sets the name in the certificate",
    );
  }
  if (/certificate expired|: Expired/.test(text)) {
    return refuse(
      "its certificate has expired",
      "the daemon needs a new one (its --tlscert)",
    );
  }
  if (/not valid yet|NotValidYet/.test(text)) {
    return refuse(
      "its certificate is not valid yet",
      "check the clocks of both machines",
    );
  }
  if (/UnknownIssuer|BadSignature|CaUsedAsEndEntity/.test(text)) {
    return refuse(
      `its certificate was not signed by ${caName}`,
      `check ${ca?.setting ?? "exec.docker.tls.ca"}`,
    );
  }
  if (/invalid peer certificate/.test(text)) {
    return refuse(
      `its certificate is not valid (${text.replace(/^.*certificate: /, "")})`,
      `check ${ca?.setting ?? "exec.docker.tls.ca"}`,
    );
  }
  if (/InvalidContentType|corrupt message/.test(text)) {
    return refuse(
      "it does not use TLS",
      "the daemon needs --tlsverify; exec.docker.tls: false turns TLS off",
    );
  }
  if (/alert/.test(text)) {
    return refuse(
      `it refused the handshake (${text})`,
      "check exec.docker.tls.cert and exec.docker.tls.key",
    );
  }
  return undefined;
}

/**
 * Why a server ended a TLS connection on the first read; undefined where TLS said nothing.
 *
 * With TLS 1.3 a client's certificate is judged after the client's handshake is done, so this is the first
 * that it hears (RFC 8446, section 4.4.2.4).
 */
export function explainClientCertificate(
  error: unknown,
  name: string,
  { client }: Pick<VerifiedTls, "client">,
): PortholeError | undefined {
  const alert = /received fatal alert: (\w+)/.exec(messageOf(error))?.[1];
  if (alert === undefined) return undefined;
  const why = client === undefined
    ? "it asks for a client certificate, and none is set"
    : alert === "CertificateExpired"
    ? `it says that the certificate in ${
      quoteValue(client.cert.path)
    } has expired`
    : `it does not accept the certificate in ${
      quoteValue(client.cert.path)
    } (${alert})`;
  const hint = client === undefined
    ? "set exec.docker.tls.cert and exec.docker.tls.key, or DOCKER_CERT_PATH"
    : `check ${client.cert.setting}: the certificate must be a client's, signed by the authority that the daemon trusts`;
  return new PortholeError(
    "docker_untrusted",
    `Cannot log in to the Docker daemon at ${name}: ${why}`,
    { hint, cause: error },
  );
}
