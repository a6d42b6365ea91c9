export interface Coalesced {
  /** Asks for a run: at once, or when the gap and the run under way are over. */
  readonly ask: () => void;
  readonly close: () => void;
}

/**
 * Runs a task at most once per `minGapMs` and never twice at a time; any number of asks in between
 * become one run after it, so the last change is never missed. The task must not throw.
 */
export function coalesce(run: () => Promise<void>, minGapMs: number): Coalesced {
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
    void run().finally(() => {
      runIsOver = true;
      next();
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
