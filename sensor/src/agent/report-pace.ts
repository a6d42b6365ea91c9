import { everyContainment, type Reported } from "@cordon/contract";

/** When a report is worth sending. */
export interface ReportPaceOptions {
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Takes the report; false where it could not be sent. */
  readonly send: (reported: Reported) => boolean;
  /** Counters that grew are told so often. Default 1,000. */
  readonly countersMs?: number;
  /** Even without news a report is sent after so long. Default 30,000. */
  readonly longestMs?: number;
}

/**
 * Sends a report when it says something new: what was reached, refused or went wrong at once,
 * counters at most every second, and without any news every half minute.
 */
export class ReportPace {
  readonly #options: Required<ReportPaceOptions>;
  #sentAt = Number.NEGATIVE_INFINITY;
  #sentFacts = "";
  #sentCounters = "";

  constructor(options: ReportPaceOptions) {
    this.#options = { countersMs: 1000, longestMs: 30_000, ...options };
  }

  offer(reported: Reported): void {
    const facts = factsOf(reported);
    const counters = countersOf(reported);
    const sinceMs = this.#options.monotonic() - this.#sentAt;
    const isDue =
      facts !== this.#sentFacts ||
      sinceMs >= this.#options.longestMs ||
      (counters !== this.#sentCounters && sinceMs >= this.#options.countersMs);
    if (!isDue || !this.#options.send(reported)) return;
    this.#sentAt = this.#options.monotonic();
    this.#sentFacts = facts;
    this.#sentCounters = counters;
  }
}

function factsOf(reported: Reported): string {
  const {
    version,
    bootId,
    epoch,
    revision,
    placement,
    line,
    lineChecks = [],
    health,
    refused,
    reflex,
    update,
    boot,
  } = reported;
  const containments = [...everyContainment(reported), ...(reported.automatic ?? [])].map(
    ({ packetsStopped: _packets, lastStoppedAt: _at, ...rest }) => rest,
  );
  const reflexFacts = [reflex?.mode, reflex?.budget, reflex?.rules, reflex?.refusal];
  // The words of a trouble may hold figures that change with every round.
  const troubles = health.map(({ code, severity, since }) => ({ code, severity, since }));
  // Round-trip times and counts change with every packet; who answers and who does not is news.
  const answering = lineChecks.map(({ kind, state, port, speeds }) => [kind, state, port, speeds]);
  const lineFacts = { state: line.state, since: line.since, answering };
  const { running, order } = update ?? {};
  const updateFacts = { running, id: order?.id, phase: order?.phase };
  return JSON.stringify({
    ...{ version, bootId, epoch, revision, placement, lineFacts },
    ...{ containments, reflexFacts, troubles, refused, updateFacts, boot },
  });
}

function countersOf(reported: Reported): string {
  return JSON.stringify([
    reported.line.text,
    reported.pastRules,
    reported.health.map(({ text }) => text),
    reported.reflex?.hosts,
    reported.remedies,
    [reported.update?.order?.words, reported.update?.order?.fetchedBytes],
    [...everyContainment(reported), ...(reported.automatic ?? [])].map(({ packetsStopped, lastStoppedAt }) => [
      packetsStopped,
      lastStoppedAt,
    ]),
  ]);
}
