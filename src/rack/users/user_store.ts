import type { Aws } from "../../aws/create_aws.ts";
import type { Deps } from "../../deps.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { quoteValue } from "../../quote_value.ts";
import { formatUser, parseUser, type User } from "./user.ts";

/** What a store holds. */
export interface StoredUsers {
  readonly users: readonly User[];
  /** Names whose record cannot be read: they are refused. */
  readonly unreadable: readonly string[];
}

/** Where users are kept. */
export interface UserStore {
  /** Rejects where the store cannot be read as a whole. */
  read(): Promise<StoredUsers>;
  /** Rejects where there is one of that name. */
  add(user: User): Promise<void>;
  /** Resolves with whether there was one. */
  remove(name: string): Promise<boolean>;
}

/** Where users are kept, as `--users` names it. */
export type UserPlace =
  | { readonly kind: "ssm"; readonly path: string }
  | { readonly kind: "file"; readonly path: string };

const MOST_BYTES = 4 * 1024 * 1024;
/** Of 10 parameters each. */
const MOST_PAGES = 500;

/** Reads `ssm:/path` or `file:F`; undefined for anything else. */
export function parseUserPlace(text: string): UserPlace | undefined {
  const [, kind, path = ""] = /^(ssm|file):(.+)$/s.exec(text) ?? [];
  if (kind === "file") return { kind, path };
  if (kind === "ssm" && /^(\/[A-Za-z0-9_.-]+)+$/.test(path)) {
    return { kind, path };
  }
  return undefined;
}

/** Users in a file: one JSON object. Those who may write it may do everything. */
export function createFileStore(
  path: string,
  deps: Pick<Deps, "readOwnedFile" | "writePrivateFile" | "userId">,
): UserStore {
  const shown = quoteValue(path);

  async function readRecords(): Promise<Record<string, unknown>> {
    let text: string;
    try {
      const file = await deps.readOwnedFile(path, { mostBytes: MOST_BYTES });
      const own = deps.userId();
      if (
        own !== undefined && !file.owners.every((id) => [own, 0].includes(id))
      ) {
        throw new Error("it belongs to another user");
      }
      text = file.text;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return {};
      throw refuseStore(shown, messageOf(error), error);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw refuseStore(shown, "it is not JSON");
    }
    const { users } = (value ?? {}) as { readonly users?: unknown };
    if (typeof users !== "object" || users === null || Array.isArray(users)) {
      throw refuseStore(shown, 'it has no "users"');
    }
    return { ...users };
  }

  const write = (records: Readonly<Record<string, unknown>>) =>
    deps.writePrivateFile(
      path,
      `${JSON.stringify({ users: records }, undefined, 2)}\n`,
    );

  return {
    read: async () => sortUsers(Object.entries(await readRecords())),
    async add(user) {
      const records = await readRecords();
      if (Object.hasOwn(records, user.name)) throw refuseDouble(user.name);
      await write({ ...records, [user.name]: formatUser(user) });
    },
    async remove(name) {
      const records = await readRecords();
      if (!Object.hasOwn(records, name)) return false;
      const { [name]: _, ...rest } = records;
      await write(rest);
      return true;
    },
  };
}

/** Users under a path of the Parameter Store: a parameter of type String each. */
export function createSsmStore(
  path: string,
  { call }: Pick<Aws, "call">,
): UserStore {
  const nameOf = (user: string) => `${path}/${user}`;
  return {
    async read() {
      const records: [string, unknown][] = [];
      let NextToken: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await call("ssm", "getParametersByPath", {
          Path: path,
          MaxResults: 10,
          ...(NextToken === undefined ? {} : { NextToken }),
        }, {
          doing: `read the users under ${quoteValue(path)}`,
          action: "ssm:GetParametersByPath",
        });
        for (const { Name = "", Value = "", Type } of answer.Parameters ?? []) {
          const name = Name.startsWith(`${path}/`)
            ? Name.slice(path.length + 1)
            : Name;
          records.push([
            name,
            Type === "String" ? parseJson(Value) : undefined,
          ]);
        }
        NextToken = answer.NextToken || undefined;
        if (NextToken === undefined) return sortUsers(records);
      }
      throw new PortholeError(
        "aws_refused",
        `Cannot read the users under ${quoteValue(path)}: the list has no end`,
      );
    },
    async add(user) {
      const context = {
        doing: `add user ${quoteValue(user.name)}`,
        action: "ssm:PutParameter",
      };
      try {
        await call("ssm", "putParameter", {
          Name: nameOf(user.name),
          Value: JSON.stringify(formatUser(user)),
          Type: "String",
          Overwrite: false,
        }, context);
      } catch (error) {
        if (isNamed(error, "ParameterAlreadyExists")) {
          throw refuseDouble(user.name);
        }
        throw error;
      }
    },
    async remove(name) {
      try {
        await call("ssm", "deleteParameter", { Name: nameOf(name) }, {
          doing: `remove user ${quoteValue(name)}`,
          action: "ssm:DeleteParameter",
        });
        return true;
      } catch (error) {
        if (isNamed(error, "ParameterNotFound")) return false;
        throw error;
      }
    },
  };
}

function sortUsers(
  records: readonly (readonly [string, unknown])[],
): StoredUsers {
  const users: User[] = [];
  const unreadable: string[] = [];
  for (const [name, record] of records) {
    const user = parseUser(name, record);
    if (user === undefined) unreadable.push(name);
    else users.push(user);
  }
  return { users, unreadable };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof PortholeError && error.cause instanceof Error &&
    error.cause.name === name;
}

function refuseDouble(name: string): PortholeError {
  return new PortholeError(
    "usage",
    `Cannot add user ${quoteValue(name)}: there is one of that name`,
    { hint: `porthole rack user remove ${name} removes it, and its token` },
  );
}

function refuseStore(
  shown: string,
  because: string,
  cause?: unknown,
): PortholeError {
  return new PortholeError(
    "io_failed",
    { cannot: `read the users in ${shown}`, because },
    { cause },
  );
}
