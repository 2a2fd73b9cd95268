import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** A request as the signature sees it. */
export type SignedRequest = {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly target: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

/** Keys that a request may be signed with. */
export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** What the check needs besides the request. */
export type SignatureScope = {
  /** `undefined` accepts any service and reports which it was. */
  readonly service: string | undefined;
  readonly region: string;
  readonly now: number;
  findCredentials(accessKeyId: string): Credentials | undefined;
};

/** The outcome: who signed for which service, or AWS's refusal. */
export type SignatureCheck =
  | {
    readonly kind: "signed";
    readonly accessKeyId: string;
    readonly service: string;
  }
  | {
    readonly kind: "refused";
    readonly error: string;
    readonly message: string;
  };

const fiveMinutes = 5 * 60 * 1000;

/**
 * Checks a Signature Version 4 in the Authorization header, from the public
 * specification: canonical request, string to sign, derived key.
 */
export function verifySignature(
  request: SignedRequest,
  scope: SignatureScope,
): SignatureCheck {
  const presigned = readPresigned(request);
  const authorization = presigned?.authorization ??
    request.headers["authorization"];
  if (authorization === undefined) {
    return refuse(
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
  }
  const parts =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/
      .exec(authorization);
  if (parts === null) {
    return refuse(
      "IncompleteSignatureException",
      "Authorization header requires 'Credential' parameter, " +
        "'Signature' parameter and 'SignedHeaders' parameter.",
    );
  }
  const [, accessKeyId = "", day = "", region = "", service = "", names = ""] =
    parts;
  const signature = parts[6] ?? "";

  const credentials = scope.findCredentials(accessKeyId);
  const token = presigned === undefined
    ? request.headers["x-amz-security-token"]
    : presigned.token;
  if (credentials === undefined || credentials.sessionToken !== token) {
    return refuse(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  if (region !== scope.region) {
    return refuse(
      "InvalidSignatureException",
      "Credential should be scoped to a valid region.",
    );
  }
  if (scope.service !== undefined && service !== scope.service) {
    return refuse(
      "InvalidSignatureException",
      `Credential should be scoped to correct service: '${scope.service}'.`,
    );
  }

  const date = presigned?.date ?? request.headers["x-amz-date"] ?? "";
  const time = parseDate(date);
  if (time === undefined || !date.startsWith(day)) {
    return refuse(
      "InvalidSignatureException",
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
    );
  }
  const isLate = presigned === undefined
    ? Math.abs(scope.now - time) > fiveMinutes
    : scope.now - time > presigned.seconds * 1000 ||
      time - scope.now > fiveMinutes;
  if (isLate) {
    return refuse(
      "InvalidSignatureException",
      `Signature expired: ${date} is now earlier than the time allowed (5 min.)`,
    );
  }

  const signed = names.split(";");
  const unsigned = Object.keys(request.headers).filter((name) =>
    (name === "host" || name.startsWith("x-amz-")) && !signed.includes(name)
  );
  if (unsigned.length > 0) {
    return refuse(
      "InvalidSignatureException",
      `There were headers present in the request which were not signed: ${
        unsigned.join(", ")
      }`,
    );
  }

  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(presigned?.target ?? request.target),
    ...signed.map((name) =>
      `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`
    ),
    "",
    names,
    hash(request.body),
  ].join("\n");
  const wanted = [
    "AWS4-HMAC-SHA256",
    date,
    `${day}/${region}/${service}/aws4_request`,
    hash(canonical),
  ].join("\n");
  const key = ["aws4_request", service, region, day].reduceRight(
    (secret: string | Buffer, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  if (!timingSafeEqual(hmac(key, wanted), Buffer.from(signature, "hex"))) {
    return refuse(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. " +
        "Check your AWS Secret AwsAccess Key and signing method. " +
        "Consult the service documentation for details.",
    );
  }
  return { kind: "signed", accessKeyId, service };
}

/** A signature in the query, in the form of the header's; the target is without it. */
function readPresigned({ target }: SignedRequest) {
  const start = target.indexOf("?");
  const pairs = start < 0 ? [] : target.slice(start + 1).split("&");
  const read = (name: string) => {
    const pair = pairs.find((one) => one.startsWith(`${name}=`));
    return pair === undefined ? undefined : decode(pair.slice(name.length + 1));
  };
  const signature = read("X-Amz-Signature");
  if (signature === undefined) return undefined;
  return {
    authorization: `${read("X-Amz-Algorithm")} Credential=${
      read("X-Amz-Credential")
    }, SignedHeaders=${read("X-Amz-SignedHeaders")}, Signature=${signature}`,
    date: read("X-Amz-Date"),
    token: read("X-Amz-Security-Token"),
    seconds: Number(read("X-Amz-Expires")),
    target: `?${
      pairs.filter((pair) => !pair.startsWith("X-Amz-Signature=")).join("&")
    }`,
  };
}

function refuse(error: string, message: string): SignatureCheck {
  return { kind: "refused", error, message };
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function parseDate(date: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return undefined;
  const [year = 0, month = 1, ...rest] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

// Every service but S3 encodes the path a second time.
function canonicalPath(target: string): string {
  const path = target.split("?")[0] ?? "/";
  return path.split("/").map(encode).join("/") || "/";
}

function canonicalQuery(target: string): string {
  const start = target.indexOf("?");
  if (start < 0) return "";
  return target.slice(start + 1).split("&").filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? "" : pair.slice(equals + 1);
      return `${encode(decode(name))}=${encode(decode(value))}`;
    })
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join("&");
}

// AWS's own signer reads a raw "+" in the query as a blank and a raw "=" in a
// value as itself; the recorded vectors hold both.
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
