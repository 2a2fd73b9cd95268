import * as v from "../../schema.ts";
import { formatScope, parseScope, type Scope } from "./scope.ts";

/** One who may use the rack, and what is kept of their token: its hash. */
export interface User {
  readonly name: string;
  /** Random, made with the token. */
  readonly id: string;
  /** SHA-256 of the token's secret, in hexadecimal digits. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  /** May change parameters and update the rack; no exec comes with it. */
  readonly admin: boolean;
  readonly created: Date;
  readonly expires?: Date;
}

/** What a user may be named; it stands in tokens, paths and AWS's session names. */
export const USER_NAME: RegExp = /^[a-z0-9][a-z0-9_-]{1,31}$/;

const DATE = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
);

const RECORD = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  allow: v.pipe(
    v.array(v.string()),
    v.maxLength(100),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const scopes = dataset.value.map(parseScope);
      if (scopes.every((scope) => scope !== undefined)) return scopes;
      addIssue({ message: "a scope is not VERB:APP/SERVICE" });
      return NEVER;
    }),
  ),
  admin: v.boolean(),
  created: DATE,
  expires: v.optional(DATE),
});

/** Reads what is kept of a user; undefined for anything else: who cannot be read is refused. */
export function parseUser(name: string, record: unknown): User | undefined {
  if (!USER_NAME.test(name)) return undefined;
  const { success, output } = v.safeParse(RECORD, record);
  if (!success) return undefined;
  const { allow, expires, ...rest } = output;
  return {
    ...rest,
    name,
    scopes: allow,
    ...(expires === undefined ? {} : { expires }),
  };
}

/** What is kept of a user, for JSON. */
export function formatUser(
  { name: _, scopes, created, expires, ...rest }: User,
): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    allow: scopes.map(formatScope),
    created: created.toISOString(),
    ...(expires === undefined ? {} : { expires: expires.toISOString() }),
  };
}

/** Whether a token is past its time. */
export function isExpired({ expires }: User, now: Date): boolean {
  return expires !== undefined && expires.getTime() <= now.getTime();
}
