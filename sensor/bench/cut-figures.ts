import { quantile } from "./statistics.ts";

/** One SYN of a scanning machine, as a witness saw it. */
export interface Knock {
  /** Epoch milliseconds, by the kernel's clock. */
  readonly at: number;
  /** The machine's address. */
  readonly host: string;
  readonly target: string;
}

/** What became of one scanning machine. */
export interface Escape {
  readonly host: string;
  /** When its first hostile packet came to the switch. */
  readonly firstAt: number;
  /** Different targets whose packets left by the outside port. */
  readonly escapedTargets: number;
  /** From its first hostile packet to the first one after which none left any more; null where that never came. */
  readonly stoppedMs: number | null;
  /** The same from its fifth target on, at least 0. */
  readonly stoppedAfterFifthMs: number | null;
}

/** Of a machine that is stopped, so many packets in a row were held, over at least so long. */
const held = { packets: 3, ms: 3_000 } as const;
const decisiveMiss = 5;

/**
 * What left of what each machine sent, within the time that both witnesses looked. A machine counts as
 * stopped where its last packets were all held back; the first of these is when it was.
 */
export function escapesOf(offered: readonly Knock[], left: readonly Knock[]): readonly Escape[] {
  const leftByHost = Map.groupBy(left, ({ host }) => host);
  return [...Map.groupBy(offered, ({ host }) => host)].map(([host, sent]): Escape => {
    const inTime = sent.toSorted((a, b) => a.at - b.at);
    const firstAt = inTime[0]?.at ?? Number.NaN;
    const fifthAt = [...new Map(inTime.toReversed().map(({ target, at }) => [target, at])).values()].toSorted(
      (a, b) => a - b,
    )[decisiveMiss - 1];
    const escaped = leftByHost.get(host) ?? [];
    const lastLeftAt = Math.max(-Infinity, ...escaped.map(({ at }) => at));
    const gone = new Map(escaped.map(({ target, at }) => [target, at]));
    // What left was offered a moment before: it is told by its target.
    const heldBack = inTime.filter(({ at, target }) => at > lastLeftAt && !gone.has(target));
    const [first, last] = [heldBack[0], heldBack.at(-1)];
    const isStopped =
      first !== undefined && last !== undefined && heldBack.length >= held.packets && last.at - first.at >= held.ms;
    return {
      host,
      firstAt,
      escapedTargets: gone.size,
      stoppedMs: isStopped ? first.at - firstAt : null,
      stoppedAfterFifthMs: isStopped ? Math.max(0, first.at - (fifthAt ?? firstAt)) : null,
    };
  });
}

/** Null with a reason as soon as one machine was not stopped: a median over the others would flatter. */
export interface CutFigures {
  readonly scanningHosts: number;
  readonly stoppedHosts: number;
  readonly escapedTargetsMedian: number | null;
  readonly escapedTargetsMax: number | null;
  readonly stoppedMsMedian: number | null;
  readonly stoppedMsP99: number | null;
  readonly stoppedAfterFifthMsMedian: number | null;
  readonly stoppedAfterFifthMsP99: number | null;
}

export function cutFigures(escapes: readonly Escape[], scanningHosts: number): CutFigures {
  const stopped = escapes.filter(({ stoppedMs }) => stoppedMs !== null);
  const areAll = scanningHosts > 0 && stopped.length === scanningHosts;
  const of = (value: (escape: Escape) => number | null, share: number): number | null =>
    areAll
      ? Math.round(
          quantile(
            stopped.map(value).filter((each) => each !== null),
            share,
          ),
        )
      : null;
  return {
    scanningHosts,
    stoppedHosts: stopped.length,
    escapedTargetsMedian: of(({ escapedTargets }) => escapedTargets, 0.5),
    escapedTargetsMax: of(({ escapedTargets }) => escapedTargets, 1),
    stoppedMsMedian: of(({ stoppedMs }) => stoppedMs, 0.5),
    stoppedMsP99: of(({ stoppedMs }) => stoppedMs, 0.99),
    stoppedAfterFifthMsMedian: of(({ stoppedAfterFifthMs }) => stoppedAfterFifthMs, 0.5),
    stoppedAfterFifthMsP99: of(({ stoppedAfterFifthMs }) => stoppedAfterFifthMs, 0.99),
  };
}
