import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readTicketKeys } from "../../../src/commands/rack/read_ticket_keys.ts";
import type { PortholeError } from "../../../src/errors.ts";
import { recordLog } from "../../exec/fake_log.ts";

const KEY = "k".repeat(32);
const OTHER = "o".repeat(32);

function read(file: string | Error | undefined, variable?: string) {
  const { log, said } = recordLog();
  const keys = readTicketKeys(file === undefined ? undefined : "key.txt", {
    env: (name) => name === "PORTHOLE_TICKET_KEY" ? variable : undefined,
    readTextFile: (path) => {
      assert.equal(path, "key.txt");
      return typeof file === "string"
        ? Promise.resolve(file)
        : Promise.reject(file);
    },
  }, log);
  return { keys, said };
}

const texts = (keys: readonly Uint8Array[]) =>
  keys.map((key) => Buffer.from(key).toString());

Deno.test("the file of keys comes before the variable, and nobody is warned", async () => {
  for (
    const [file, variable, wanted] of [
      [`${KEY}\n`, OTHER, [KEY]],
      [undefined, OTHER, [OTHER]],
      [undefined, `${KEY}\n${OTHER}\n`, [KEY, OTHER]],
    ] as const
  ) {
    const { keys, said } = read(file, variable);
    assert.deepEqual(texts(await keys), wanted);
    assert.deepEqual(said, []);
  }
});

Deno.test("without any, a key is made for this process alone, and that is said", async () => {
  const made = new Set<string>();
  for (const variable of [undefined, ""]) {
    const { keys, said } = read(undefined, variable);
    const [key, ...more] = await keys;
    assert.deepEqual([key.length, more], [32, []]);
    made.add(Buffer.from(key).toString("hex"));
    assert.match(said.join(), /^warn: No key for tickets is set/);
  }
  assert.equal(made.size, 2);
});

Deno.test("a file that was named and holds no key is refused, an empty one too; no key is shown", async () => {
  for (
    const [file, variable, why] of [
      ["", OTHER, /--ticket-key "key\.txt": it is not one or two lines/],
      ["\n", undefined, /it is not one or two lines/],
      ["s3cret", undefined, /it is not one or two lines/],
      [new Error("permission denied"), OTHER, /permission denied/],
      [undefined, "s3cret", /PORTHOLE_TICKET_KEY: it is not one or two lines/],
    ] as const
  ) {
    await assert.rejects(
      read(file, variable).keys,
      (error: PortholeError) =>
        error.code === "config_invalid" && why.test(error.message) &&
        !error.message.includes("s3cret"),
    );
  }
});
