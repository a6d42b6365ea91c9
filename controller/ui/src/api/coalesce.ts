export interface Coalesced {
  /** Asks for a run: at once, or when the gap and the run under way are over. */
  readonly ask: () => void;
  readonly close: () => void;
}

/**
 * Runs a task at most once per `minGapMs` and never twice at a time; any number of asks in between
 * become one run after it, so the last change is never missed. The task must not throw.
 *
 * @param restShare what takes long is done less often: a run rests so many times as long as it took
 */
export function coalesce(run: () => Promise<void>, minGapMs: number, restShare = 3): Coalesced {
  let isBusy = false;
  let isWanted = false;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isClosed = false;

  const start = (): void => {
    isBusy = true;
    isWanted = false;
    let gapIsOver = false;
    let runIsOver = false;
    const next = (): void => {
      if (!gapIsOver || !runIsOver) return;
      isBusy = false;
      if (isWanted && !isClosed) start();
    };
    timer = setTimeout(() => {
      gapIsOver = true;
      next();
    }, minGapMs);
    const startedAt = performance.now();
    void run().finally(() => {
      runIsOver = true;
      const tookMs = performance.now() - startedAt;
      if (tookMs * (1 + restShare) <= minGapMs || isClosed) return next();
      if (timer !== null) clearTimeout(timer);
      gapIsOver = false;
      timer = setTimeout(
        () => {
          gapIsOver = true;
          next();
        },
        Math.max(minGapMs - tookMs, tookMs * restShare),
      );
    });
  };
  return {
    ask: () => {
      if (isClosed) return;
      isWanted = true;
      if (!isBusy) start();
    },
    close: () => {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
