import assert from "node:assert/strict";
import { createByteSource } from "../../src/transfer/byte_source.ts";
import { readTar } from "../../src/transfer/read_tar.ts";
import type { TarEntry } from "../../src/transfer/tar_entry.ts";
import { forgeArchive, type ForgedEntry, forgePax } from "./hostile_archive.ts";

interface ReadEntry extends Omit<TarEntry, "content"> {
  readonly content: string;
}

async function read(entries: readonly ForgedEntry[]): Promise<ReadEntry[]> {
  const found: ReadEntry[] = [];
  const archive = forgeArchive(entries);
  const source = createByteSource((async function* () {
    // In pieces that no block fits into.
    for (let at = 0; at < archive.length; at += 700) {
      yield await Promise.resolve(archive.subarray(at, at + 700));
    }
  })());
  await readTar(source, async (entry, content) => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of content) {
      text += decoder.decode(bytes, { stream: true });
    }
    found.push({ ...entry, content: text });
  });
  return found;
}

Deno.test("an entry is what its type says; a file whose name ends in a slash is a directory", async () => {
  for (
    const [type, kind, withSlash] of [
      ["0", "file", "directory"],
      ["\0", "file", "directory"],
      // A contiguous file is a file, whatever it is called.
      ["7", "file", "file"],
      ["1", "hard_link", "hard_link"],
      ["2", "link", "link"],
      ["3", "device", "device"],
      ["4", "device", "device"],
      ["5", "directory", "directory"],
      ["6", "fifo", "fifo"],
      ["V", "unknown", "unknown"],
    ] as const
  ) {
    const [plain, slashed] = await read([
      { name: "a", type, target: "t" },
      { name: "a/", type, target: "t" },
    ]);
    assert.equal(plain?.kind, kind, `type ${JSON.stringify(type)}`);
    assert.equal(slashed?.kind, withSlash, `type ${JSON.stringify(type)}/`);
    const isLink = kind === "link" || kind === "hard_link";
    assert.equal(plain?.target, isLink ? "t" : "");
  }
});

Deno.test("only files, and what is unknown, have content: what a link or a directory claims does not follow", async () => {
  const entries = await read([
    { name: "link", type: "2", target: "t", size: 5 },
    { name: "dir/", type: "5", size: 7 },
    { name: "file", content: "hello" },
    { name: "odd", type: "V", content: "skipped by who reads it" },
    { name: "last", content: "x" },
  ]);
  assert.deepEqual(
    entries.map(({ name, size, content }) => [name, size, content]),
    [
      ["link", 0, ""],
      ["dir/", 0, ""],
      ["file", 5, "hello"],
      ["odd", 23, "skipped by who reads it"],
      ["last", 1, "x"],
    ],
  );
});

Deno.test("what a pax header says is of the next entry alone", async () => {
  const [long, next] = await read([
    {
      ...forgePax({ path: "long ".repeat(60), uid: "1234567", mtime: "12.5" }),
    },
    { name: "short", content: "hello", uid: 7 },
    { name: "next", content: "hello", uid: 8 },
  ]);
  assert.deepEqual(
    [long?.name, long?.uid, Math.floor(long?.mtime ?? 0), long?.content],
    ["long ".repeat(60), 1_234_567, 12, "hello"],
  );
  assert.deepEqual([next?.name, next?.uid], ["next", 8]);
});
