interface Timer {
  at: number;
  readonly every: number | undefined;
  readonly run: () => void;
}

/** Time that passes only when told: `setTimeout` and `setInterval` obey it until it is disposed of. */
export interface FakeClock extends Disposable {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Lets time pass; what falls due happens at its own moment, promises and all. */
  advance(milliseconds: number): Promise<void>;
  /**
   * Lets time pass in which the process stands still: what falls due meanwhile runs at the end of it, an
   * interval once.
   */
  stop(milliseconds: number): void;
  /** Sets the clock, as somebody does who corrects it: timers know nothing of it. */
  set(milliseconds: number): void;
  /** How many timers still run. */
  running(): number;
}

/** Takes over the timers of this test. */
export function startFakeClock(): FakeClock {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  };
  const timers = new Map<number, Timer>();
  let time = 1_700_000_000_000;
  let corrected = 0;
  let lastId = 0;

  function start(run: () => void, delay: number, every?: number): number {
    timers.set(++lastId, { at: time + delay, every, run });
    return lastId;
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await null;
  }

  Object.assign(globalThis, {
    setTimeout: (run: () => void, delay = 0) => start(run, delay),
    setInterval: (run: () => void, every = 0) => start(run, every, every),
    clearTimeout: (id: number) => timers.delete(id),
    clearInterval: (id: number) => timers.delete(id),
  });

  return {
    now: () => time + corrected,
    sleep: (milliseconds) =>
      new Promise((resolve) => start(resolve, milliseconds)),
    async advance(milliseconds) {
      const until = time + milliseconds;
      await settle();
      for (;;) {
        const next = [...timers].filter(([, { at }]) => at <= until)
          .sort(([, a], [, b]) => a.at - b.at)[0];
        if (next === undefined) break;
        const [id, timer] = next;
        time = timer.at;
        if (timer.every === undefined) timers.delete(id);
        else timer.at += timer.every;
        timer.run();
        await settle();
      }
      time = until;
    },
    stop(milliseconds) {
      time += milliseconds;
      for (const timer of timers.values()) timer.at = Math.max(timer.at, time);
    },
    set: (milliseconds) => void (corrected += milliseconds),
    running: () => timers.size,
    [Symbol.dispose]: () => void Object.assign(globalThis, real),
  };
}
