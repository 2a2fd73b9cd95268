import { Buffer } from "node:buffer";
import type { SandboxOptions } from "../sandbox/sandbox_options.ts";
import { type Random, seedRandom } from "../sandbox/seeded_random.ts";

/** One run of the fault suite: what goes wrong, and what is run all the same. */
export interface FaultMix {
  readonly faults: Partial<SandboxOptions>;
  /** Whether frames can vanish; otherwise everything has to arrive. */
  readonly loses: boolean;
  readonly binary: boolean;
  /** What the command prints before it copies its input. */
  readonly printed: Uint8Array;
  /** Absent: the command gets no input of ours. */
  readonly input: Uint8Array | undefined;
  readonly status: number;
}

const MOST_PRINTED = 200_000;
const MOST_INPUT = 100_000;

/** The same seed gives the same mix. */
export function drawFaultMix(seed: number): FaultMix {
  const random = seedRandom(seed, "fault mix");
  const sometimes = (chance: number, value: () => number) =>
    random() < chance ? value() : 0;
  const binary = random() < 0.5;
  const bytes = binary ? drawBytes : drawText;
  const loss = sometimes(0.5, () => 0.2 * random() ** 2);
  const disconnects = sometimes(0.5, () => 1 + Math.floor(3 * random()));
  return {
    faults: {
      seed,
      loss,
      duplicate: sometimes(0.5, () => 0.3 * random()),
      reorder: sometimes(0.5, () => 0.3 * random()),
      delayMs: sometimes(0.5, () => Math.ceil(30 * random())),
      ignoredAcks: sometimes(0.3, () => 0.2 * random()),
      disconnects,
      // As AWS's agent: what is on its way when a line breaks is then little.
      messageIntervalMs: disconnects > 0 ? 1 : sometimes(0.5, random),
      image: (["dash", "bash", "busybox"] as const)[Math.floor(3 * random())] ??
        "dash",
    },
    loses: loss > 0 || disconnects > 0,
    binary,
    printed: bytes(random, drawSize(random, MOST_PRINTED)),
    input: random() < 0.5
      ? bytes(random, drawSize(random, MOST_INPUT))
      : undefined,
    status: sometimes(0.7, () => Math.floor(256 * random())),
  };
}

/** Often small, at times nothing: the first and the last frames are where things go wrong. */
function drawSize(random: Random, most: number): number {
  return random() < 0.1 ? 0 : Math.floor(most ** random());
}

function drawBytes(random: Random, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => Math.floor(256 * random()));
}

const PIECES = ["a", "Z 9", "\n", "\r\n", "\t", "é", "€", "😀", "\ufffd", "\0"];

function drawText(random: Random, size: number): Uint8Array {
  let text = "";
  while (text.length < size) {
    text += PIECES[Math.floor(PIECES.length * random())];
  }
  return Buffer.from(text);
}
