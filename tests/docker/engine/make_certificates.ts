import { runProgram } from "./run_program.ts";

/** The name in the server's certificate; it is no address of any machine. */
export const SERVER_NAME = "docker.test";

/** The certificates that tests need: each name has `NAME.pem` and `NAME.key` in the folder. */
export type CertificateName =
  | "ca"
  | "other_ca"
  | "server"
  | "expired_server"
  | "client"
  | "expired_client"
  | "other_client";

interface Order {
  readonly signedBy: "ca" | "other_ca";
  readonly use: "serverAuth" | "clientAuth";
  readonly days: number;
}

const ORDERS: Readonly<Record<string, Order>> = {
  server: { signedBy: "ca", use: "serverAuth", days: 2 },
  expired_server: { signedBy: "ca", use: "serverAuth", days: -1 },
  client: { signedBy: "ca", use: "clientAuth", days: 2 },
  expired_client: { signedBy: "ca", use: "clientAuth", days: -1 },
  other_client: { signedBy: "other_ca", use: "clientAuth", days: 2 },
};

/** Makes two authorities and what they sign, good and bad, with openssl. */
export async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) =>
    runProgram("openssl", args, { cwd: folder });
  const newKey = (name: string) => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    `${name}.key`,
    "-subj",
    `/CN=${name}`,
  ];
  for (const name of ["ca", "other_ca"]) {
    await openssl(
      "req",
      "-x509",
      ...newKey(name),
      "-days",
      "2",
      "-out",
      `${name}.pem`,
    );
  }
  for (const [name, { signedBy, use, days }] of Object.entries(ORDERS)) {
    await openssl("req", ...newKey(name), "-out", `${name}.csr`);
    await Deno.writeTextFile(
      `${folder}/${name}.ext`,
      `subjectAltName=DNS:${SERVER_NAME}\nextendedKeyUsage=${use}\n`,
    );
    await openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${signedBy}.pem`,
      "-CAkey",
      `${signedBy}.key`,
      "-CAcreateserial",
      "-days",
      String(days),
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
  }
}
