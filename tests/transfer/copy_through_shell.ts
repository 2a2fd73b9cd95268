import assert from "node:assert/strict";
import { present } from "../../src/present.ts";
import { createRealFiles } from "../../src/real_files.ts";
import {
  createNonce,
  receiveCommand,
  sendCommand,
} from "../../src/transfer/container_scripts.ts";
import { followLanding } from "../../src/transfer/follow_landing.ts";
import {
  nameOfSource,
  planDestination,
} from "../../src/transfer/plan_destination.ts";
import { receive } from "../../src/transfer/receive.ts";
import { type Landing, type Load, send } from "../../src/transfer/send.ts";
import { createTally, type MemoryTally, runScript } from "./local_container.ts";

const files = createRealFiles();

/** Copies out of a directory that stands for a container. */
export async function down(
  container: string,
  sources: readonly string[],
  destination: string,
  { preserve = false, shell, programs, onSize }: {
    readonly preserve?: boolean;
    /** Asks for what directories hold. */
    readonly onSize?: (size: number) => void;
    readonly shell?: readonly string[];
    /** The directories with the container's programs. */
    readonly programs?: string;
  } = {},
): Promise<MemoryTally> {
  const nonce = createNonce();
  const tally = createTally();
  const script = runScript(
    sendCommand(nonce, sources, {
      filesOnly: false,
      tellsSizes: onSize !== undefined,
    }),
    { cwd: container, ...present({ shell, path: programs }) },
  );
  const feeding = script.feed(async function* () {}());
  await receive(script.output, {
    nonce,
    sources,
    destination: planDestination(destination, sources.length, files),
    preserve,
    platform: "linux",
  }, {
    files,
    tally,
    stdout: { write: () => Promise.resolve() },
    onSize: onSize ?? (() => {}),
  });
  await feeding;
  assert.equal(await script.status, 0);
  return tally;
}

/** Copies into a directory that stands for a container. */
export async function up(
  container: string,
  load: Load,
  path: string,
  { preserve = false, directoryOnly = false, shell, programs }: {
    readonly preserve?: boolean;
    readonly directoryOnly?: boolean;
    readonly shell?: readonly string[];
    /** The directories with the container's programs. */
    readonly programs?: string;
  } = {},
): Promise<MemoryTally> {
  const nonce = createNonce();
  const tally = createTally();
  const name = load.kind === "file" ? nameOfSource(load.path) : "";
  const script = runScript(receiveCommand(nonce, path, name), {
    cwd: container,
    ...present({ shell, path: programs }),
  });
  const landing = Promise.withResolvers<Landing>();
  const input = async function* () {
    yield* send(
      { nonce, path, directoryOnly, load, preserve },
      await landing.promise,
      { files, tally, onSize: () => {} },
    );
  };
  let unsent: unknown;
  const feeding = script.feed(input()).catch((error) => unsent = error);
  try {
    const isWritten = await followLanding(script.output, {
      nonce,
      path,
      tally,
      onLanding: landing.resolve,
    });
    if (isWritten && load.kind !== "tree") tally.onFile();
  } catch (error) {
    throw unsent ?? error;
  } finally {
    await feeding;
    await script.status;
  }
  return tally;
}
