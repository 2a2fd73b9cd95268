import assert from "node:assert/strict";
import type { FileFacts, LocalFiles } from "../../src/local_files.ts";
import { rememberFiles } from "../../src/transfer/brought_files.ts";
import { createByteSource } from "../../src/transfer/byte_source.ts";
import { readTar } from "../../src/transfer/read_tar.ts";
import { createUnpacker } from "../../src/transfer/unpack.ts";
import { forgeEntry } from "./hostile_archive.ts";

/** Unpacks so many files, half of them with names that are refused, onto a disk that keeps nothing. */
export async function unpackMany(count: number): Promise<void> {
  let files = 0;
  let skipped = 0;
  const disk = emptyDisk();
  const unpacker = createUnpacker("/root", {
    files: disk,
    brought: rememberFiles(disk),
    tally: {
      onBytes() {},
      onFile: () => files++,
      onSkip: () => skipped++,
      onNotice() {},
    },
    platform: "linux",
    preserve: false,
    isNew: false,
    shown: "web:/x",
  });
  const archive = async function* () {
    for (let at = 0; at < count; at++) {
      const name = at % 2 === 0 ? `./many/file-${at}` : `../file-${at}`;
      yield await Promise.resolve(forgeEntry({ name, content: "x" }));
    }
    yield new Uint8Array(1024);
  };
  await readTar(createByteSource(archive()), unpacker.put);
  unpacker.finish();
  assert.deepEqual([files, skipped], [Math.ceil(count / 2), count >> 1]);
}

/** A disk with one directory; of files it knows the last one. */
function emptyDisk(): LocalFiles {
  const refuse = () => {
    throw new Error("not expected");
  };
  const facts = (kind: FileFacts["kind"], identity: string): FileFacts => ({
    kind,
    size: 0,
    mode: 0o755,
    mtime: 0,
    uid: 0,
    gid: 0,
    identity,
  });
  let made = 0;
  return {
    look: (path) =>
      path.includes("/.porthole-")
        ? facts("file", `1:${made}`)
        : path === "/root/many"
        ? facts("directory", "1:d")
        : undefined,
    realPath: (path) => path,
    create: () => ({
      identity: `1:${++made}`,
      write() {},
      extend() {},
      setOwner() {},
      setMode() {},
      setTime() {},
      close() {},
    }),
    open: refuse,
    list: refuse,
    makeDirectory: refuse,
    makeLink: refuse,
    readLink: refuse,
    addName: refuse,
    rename() {},
    remove() {},
    setMode() {},
    setOwner() {},
    setTime() {},
  };
}

// Run as a program, in a heap that has a limit.
if (import.meta.main) await unpackMany(Number(Deno.args[0]));
