import type { LineCheck } from "@cordon/contract";
import { formatAddress } from "../packet/address.ts";
import type { AddressKey } from "../packet/packet.ts";

/** What is counted and what the median is taken of: of the last two minutes, the newest at most so many. */
const windowMs = 120_000;
const settledKept = 256;
/** Targets with an open question; of more at once the oldest question is given up uncounted. */
const targetsKept = 128;
/** An answer that comes later than this answers nobody. */
const patienceMs = 2500;
/** Without a question an answer says for so long that somebody is there; neighbours are asked again less often than that. */
const usuallyFreshMs = 30_000;
/** A single unanswered question may have been lost on the way. */
const leastUnanswered = 2;

interface OpenQuestion {
  /** Tells it from others to the same target: a port, an id, a card. */
  readonly mark: number;
  readonly at: number;
  readonly isSure: boolean;
  isRepeated: boolean;
}

interface Settled {
  readonly at: number;
  readonly isAnswered: boolean;
  /** -1 where it was not answered, or asked more than once, so that nobody knows which was answered. */
  readonly roundTripMs: number;
}

/**
 * Questions that machines put, and their answers: whether whoever is asked is there, and after how long. Of each target
 * one question is open at a time and stands for those put meanwhile, so neither a flood nor a storm costs or counts more.
 */
export class QuestionBook {
  readonly #open = new Map<AddressKey, OpenQuestion>();
  #settled: Settled[] = [];
  #answeredAt = 0;
  #answerer: AddressKey | null = null;
  /** What was not answered since the last answer: targets that may be dead themselves, and sure questions. */
  readonly #deafTargets = new Set<AddressKey>();
  #sureUnanswered = 0;
  #silentSince = 0;
  readonly #freshMs: number;

  /** @param freshMs how long an answer says that somebody is there, while nobody asks again */
  constructor(freshMs = usuallyFreshMs) {
    this.#freshMs = freshMs;
  }

  /**
   * Somebody asked. A sure question is one whose target is what is looked at itself; of others two targets have to be
   * silent before it says anything.
   */
  asked(target: AddressKey, mark: number, at: number, isSure = true): void {
    const open = this.#open.get(target);
    if (open !== undefined && at - open.at < patienceMs) {
      if (open.mark === mark) open.isRepeated = true;
      return;
    }
    if (open !== undefined) this.#giveUp(target, open);
    this.#open.set(target, { mark, at, isSure, isRepeated: false });
    if (this.#open.size <= targetsKept) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }

  /** Somebody was answered, whether or not by this question. */
  answered(target: AddressKey, mark: number, at: number): void {
    const open = this.#open.get(target);
    if (open?.mark === mark) {
      this.#open.delete(target);
      this.#settle({ at, isAnswered: true, roundTripMs: open.isRepeated ? -1 : at - open.at });
    }
    this.heard(at);
    this.#answerer = target;
  }

  /** It is there: something came from it that answers no question of these. */
  heard(at: number): void {
    this.#answeredAt = at;
    this.#deafTargets.clear();
    this.#sureUnanswered = 0;
  }

  /** What is known at this time. */
  check(kind: string, at: number): LineCheck {
    for (const [target, open] of this.#open) if (at - open.at >= patienceMs) this.#giveUp(target, open);
    this.#settled = this.#settled.filter((one) => at - one.at <= windowMs);
    const answered = this.#settled.filter(({ isAnswered }) => isAnswered);
    const isSilent = this.#deafTargets.size + this.#sureUnanswered >= leastUnanswered;
    const isHeard = this.#answeredAt > 0 && at - this.#answeredAt <= this.#freshMs;
    return {
      kind,
      state: isSilent ? "silent" : isHeard ? "answers" : "unseen",
      ...{ asked: this.#settled.length, answered: answered.length },
      roundTripMs: median(answered.map(({ roundTripMs }) => roundTripMs).filter((ms) => ms >= 0)),
      answeredAt: this.#answeredAt > 0 ? this.#answeredAt : null,
      silentSince: isSilent ? this.#silentSince : null,
      ...(this.#answerer === null ? {} : { address: formatAddress(this.#answerer) }),
    };
  }

  #giveUp(target: AddressKey, open: OpenQuestion): void {
    this.#open.delete(target);
    this.#settle({ at: open.at, isAnswered: false, roundTripMs: -1 });
    // An answer to anybody since it was put says that the silence is its target's own.
    if (open.at < this.#answeredAt) return;
    const isFirst = this.#deafTargets.size + this.#sureUnanswered === 0;
    if (isFirst || open.at < this.#silentSince) this.#silentSince = open.at;
    if (open.isSure) this.#sureUnanswered += 1;
    else if (this.#deafTargets.size < leastUnanswered) this.#deafTargets.add(target);
  }

  #settle(one: Settled): void {
    this.#settled.push(one);
    if (this.#settled.length > 2 * settledKept) this.#settled = this.#settled.slice(-settledKept);
  }
}

/** To a tenth of a millisecond; null of nothing. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const value =
    sorted.length % 2 === 1
      ? (sorted[Math.floor(middle)] ?? 0)
      : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return Math.round(value * 10) / 10;
}
