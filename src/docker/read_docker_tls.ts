import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Deps } from "../deps.ts";
import { messageOf, PortholeError } from "../errors.ts";
import { quotePath, quoteValue } from "../quote_value.ts";

/** The settings of `exec.docker.tls`. */
export interface DockerTlsSettings {
  /** Paths of PEM files. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate, where the address is another one. */
  readonly serverName?: string | undefined;
}

/** A PEM file, and the setting to look at when it is wrong. */
export interface PemFile {
  readonly path: string;
  readonly setting: string;
  readonly text: string;
}

/** How a tcp:// daemon is spoken to: over TLS, or without it because someone said so. */
export type DockerTls =
  | {
    readonly kind: "verified";
    /** Trusted beside the system's own. */
    readonly ca: PemFile | undefined;
    readonly client:
      | { readonly cert: PemFile; readonly key: PemFile }
      | undefined;
    readonly serverName: string | undefined;
  }
  | { readonly kind: "plain" };

type TlsDeps = Pick<Deps, "env" | "readTextFile" | "now">;

/** The files in the folder that DOCKER_CERT_PATH names: https://docs.docker.com/engine/security/protect-access/. */
const CERT_PATH_FILES = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" };

/**
 * Reads the files of the settings, else those of DOCKER_CERT_PATH; undefined where neither names any.
 *
 * @throws PortholeError docker_untrusted for a file that is missing, no PEM, or a certificate out of its time.
 */
export async function readDockerTls(
  settings: DockerTlsSettings,
  deps: TlsDeps,
): Promise<DockerTls | undefined> {
  const folder = deps.env("DOCKER_CERT_PATH") || undefined;
  const find = (name: "ca" | "cert" | "key") => {
    const path = settings[name];
    if (path !== undefined) {
      return { path, setting: `exec.docker.tls.${name}` };
    }
    return folder === undefined ? undefined : {
      path: `${folder}/${CERT_PATH_FILES[name]}`,
      setting: "DOCKER_CERT_PATH",
    };
  };
  const [ca, cert, key] = [find("ca"), find("cert"), find("key")];
  if (
    ca === undefined && cert === undefined && key === undefined &&
    settings.serverName === undefined
  ) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] = cert === undefined
      ? ["key", "cert"]
      : ["cert", "key"];
    throw new PortholeError(
      "docker_untrusted",
      `Cannot use exec.docker.tls.${there} alone: a client certificate needs two files`,
      { hint: `set exec.docker.tls.${missing} too` },
    );
  }
  return {
    kind: "verified",
    ca: ca && await readCertificate(ca, deps),
    client: cert && key && await readClient(cert, key, deps),
    serverName: settings.serverName,
  };
}

type Place = Omit<PemFile, "text">;

/** Deno 2.7 panics over a key of another certificate. */
async function readClient(
  certPlace: Place,
  keyPlace: Place,
  deps: TlsDeps,
): Promise<{ readonly cert: PemFile; readonly key: PemFile }> {
  const cert = await readCertificate(certPlace, deps);
  const file = await readPem(keyPlace, "PRIVATE KEY", deps);
  const name = quotePath(file.path);
  const block = KEY_BLOCK.exec(file.text)?.[0] ?? "";
  if (/ENCRYPTED/.test(block)) {
    throw refuse(`Cannot use ${name}: the key is encrypted`, file.setting);
  }
  let belongs: boolean;
  try {
    belongs = new X509Certificate(cert.text).checkPrivateKey(
      createPrivateKey(block),
    );
  } catch (error) {
    throw refuse(
      `Cannot use ${name}: its key cannot be read`,
      file.setting,
      error,
    );
  }
  if (!belongs) {
    throw refuse(
      `Cannot use ${name}: it is not the key of the certificate in ${
        quoteValue(cert.path)
      }`,
      file.setting,
    );
  }
  return { cert, key: { ...file, text: block } };
}

const KEY_BLOCK =
  /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----\n?/;

async function readPem(
  { path, setting }: Place,
  label: string,
  deps: TlsDeps,
): Promise<PemFile> {
  const file = quotePath(path);
  let text: string;
  try {
    text = await deps.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw refuse(`Cannot read ${file}: ${why}`, setting, error);
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text)) {
    throw refuse(`Cannot use ${file}: it contains no PEM ${label}`, setting);
  }
  return { path, setting, text };
}

/** A daemon only says "bad certificate", and only after the handshake: what is wrong with ours is best seen here. */
async function readCertificate(
  place: Place,
  deps: TlsDeps,
): Promise<PemFile> {
  const file = await readPem(place, "CERTIFICATE", deps);
  const name = quotePath(file.path);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(file.text);
  } catch (error) {
    throw refuse(
      `Cannot use ${name}: its certificate cannot be read`,
      file.setting,
      error,
    );
  }
  const now = deps.now().getTime();
  if (now > Date.parse(certificate.validTo)) {
    throw refuse(
      `Cannot use ${name}: the certificate has expired (${certificate.validTo})`,
      file.setting,
    );
  }
  if (now < Date.parse(certificate.validFrom)) {
    throw refuse(
      `Cannot use ${name}: the certificate is not valid before ${certificate.validFrom}`,
      file.setting,
    );
  }
  return file;
}

function refuse(
  message: string,
  setting: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError("docker_untrusted", message, {
    hint: `check ${setting}`,
    cause,
  });
}
