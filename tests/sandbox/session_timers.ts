type Timer = ReturnType<typeof setTimeout>;

/** The timers of one session, all ended at once, and the waiting of its loops. */
export class SessionTimers {
  readonly #timeouts = new Set<Timer>();
  readonly #intervals = new Set<Timer>();
  #wakers = new Set<() => void>();
  #closed = false;

  /** Does `work` once, later, unless the session is over by then. */
  after(work: () => void, ms: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timeouts.delete(timer);
      work();
    }, ms);
    this.#timeouts.add(timer);
  }

  /** Does `work` again and again until the session is over. */
  repeat(work: () => void, ms: number): void {
    if (!this.#closed) this.#intervals.add(setInterval(work, ms));
  }

  /** Resolves after the time, or at the next `wake`, or when the session is over. */
  async sleep(ms: number): Promise<void> {
    if (this.#closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    this.#wakers.add(resolve);
    await promise;
    this.#wakers.delete(resolve);
    clearTimeout(timer);
  }

  /** Ends every sleep. */
  wake(): void {
    for (const resolve of this.#wakers) resolve();
  }

  /** Ends everything. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timeouts) clearTimeout(timer);
    for (const timer of this.#intervals) clearInterval(timer);
    this.wake();
  }
}
