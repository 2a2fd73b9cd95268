import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { USER_NAME } from "./user.ts";

/** A token, and what may be kept of it. */
export interface NewToken {
  /** `NAME.SECRET`, shown once. */
  readonly token: string;
  readonly id: string;
  readonly sha256: string;
}

/** 256 bits in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** What an unknown name is compared with: an answer is as fast for those who exist. */
const NOBODY = Buffer.alloc(32);

/** Makes a token for a user. */
export function createToken(name: string): NewToken {
  const random = (bytes: number) =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)));
  const secret = random(32).toString("base64url");
  return {
    token: `${name}.${secret}`,
    id: random(16).toString("hex"),
    sha256: hash(secret).toString("hex"),
  };
}

/** Finds the user of a token in constant time, as far as the secret goes; undefined for one that is not theirs. */
export function findByToken<U extends { readonly sha256: string }>(
  token: string,
  users: ReadonlyMap<string, U>,
): U | undefined {
  const dot = token.indexOf(".");
  const name = token.slice(0, Math.max(dot, 0));
  const secret = token.slice(dot + 1);
  const isToken = USER_NAME.test(name) && SECRET.test(secret);
  const user = isToken ? users.get(name) : undefined;
  const kept = user === undefined ? NOBODY : Buffer.from(user.sha256, "hex");
  const isSame = timingSafeEqual(hash(isToken ? secret : ""), kept);
  return isSame ? user : undefined;
}

/** The password of a Basic authorization (RFC 7617); undefined where there is none. The user name does not count. */
export function readBasic(
  authorization: string | undefined,
): string | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]{4,1024}={0,2})$/i.exec(
    authorization ?? "",
  ) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("latin1");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : text.slice(colon + 1);
}

function hash(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
