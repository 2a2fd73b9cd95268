/** Passes pieces from one who pushes to one who pulls, one at a time. */
export interface HandOver {
  /** Resolves once the piece has been used, or is no longer wanted. */
  give(piece: Uint8Array): Promise<void>;
  /** Nothing more will come. */
  close(): void;
  /** Nothing more will come, and this is why: the one who pulls gets it thrown. */
  fail(reason: unknown): void;
  /** For one reader. A piece is the reader's until it asks for the next. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Makes such a passage; nothing is kept in it. */
export function createHandOver(): HandOver {
  let offer = Promise.withResolvers<Uint8Array | undefined>();
  let taken = Promise.withResolvers<void>();
  let isOver = false;
  /** Ends the offer that is open then. */
  let end: (() => void) | undefined;
  // A failure may come before anybody listens.
  offer.promise.catch(() => {});

  async function* pull(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await offer.promise;
        if (piece === undefined) return;
        yield piece;
        offer = Promise.withResolvers();
        offer.promise.catch(() => {});
        // The end may have come while the piece was used.
        end?.();
        const used = taken;
        taken = Promise.withResolvers();
        used.resolve();
      }
    } finally {
      isOver = true;
      taken.resolve();
    }
  }

  const finish = (how: () => void) => {
    if (end !== undefined) return;
    end = how;
    how();
  };
  return {
    async give(piece) {
      if (isOver || end !== undefined) return;
      const used = taken.promise;
      offer.resolve(piece);
      await used;
    },
    close: () => finish(() => offer.resolve(undefined)),
    fail: (reason) => finish(() => offer.reject(reason)),
    pieces: pull(),
  };
}
