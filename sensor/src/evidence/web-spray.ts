import { isMiss, type Contact, type Outcome } from "../connection/contact.ts";
import { isPropagationClass, isStreamClass, type PortClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { decisionLifeMs, webSpray } from "./likelihoods.ts";
import { answeredWords, duration } from "./words.ts";

/** Long enough for the window and for what a cut of the line takes to be noticed; a power of two. */
const secondsKept = 128;
/** Of a search that is fast every so many targets are looked at, of any other each second. */
const lookEvery = 32;

/** Where a second's counts lie behind its number, and how many words it takes. */
const counts = { web: 1, answered: 2, failed: 3, others: 4 } as const;
const width = 8;

/** What one second's new strangers came to. */
interface Sums {
  web: number;
  answered: number;
  failed: number;
  /** Strangers on ports of other services: whoever calls more of those shares files. */
  others: number;
  /** Those of seconds so busy that copies of answers were held back: their silence says nothing. */
  busy: number;
}

interface Spray extends Pick<Sums, "failed" | "answered"> {
  readonly strength: number;
  readonly firstAt: number;
  readonly at: number;
}

/**
 * Web servers that nobody looked up, one after the other, of which hardly any is there: worms and bots that search for
 * weak ones. People's programs know the names of theirs. The seconds are counted and no contact is kept, since busy
 * machines have thousands.
 */
export class WebSpray implements Detector {
  readonly classes: readonly PortClass[] = ["web", "other"];
  readonly #surroundings: Surroundings;
  /** By second: which it is, and its counts beside each other. */
  readonly #seconds = new Int32Array(secondsKept * width);
  #opened = 0;
  #weighedAt = 0;
  #worst: Spray | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  opened(contact: Contact): boolean {
    if (!isStranger(contact) || contact.outcome === "refused-by-us") return false;
    const at = contact.openedAt;
    const slot = this.#slotOf(at, true);
    this.#add(slot + (contact.portClass === "web" ? counts.web : counts.others), 1);
    this.#opened += 1;
    if (this.#opened % lookEvery === 0) this.#weighFast(at);
    this.#weigh(at);
    return this.#worst !== null;
  }

  settled(contact: Contact, before: Outcome): boolean {
    if (contact.portClass !== "web" || !isStranger(contact) || before === "refused-by-us") return false;
    const slot = this.#slotOf(contact.openedAt, false);
    if (slot < 0) return false;
    if (isMiss(before)) this.#add(slot + counts.failed, -1);
    if (isMiss(contact.outcome)) this.#add(slot + counts.failed, 1);
    else if (contact.outcome === "established") this.#add(slot + counts.answered, 1);
    return false;
  }

  findings(at: number): readonly Finding[] {
    this.#weigh(at);
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.at > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const { strength, failed, answered, firstAt } = worst;
    const isBusy = strength <= webSpray.busy.weight;
    const called = failed + answered;
    return [
      {
        kind: "web-spray",
        for: true,
        subject: "propagation",
        strength,
        count: called,
        firstAt,
        lastAt: worst.at,
        text: () =>
          isBusy
            ? `Called ${called} web servers that nobody had looked up within ${duration(worst.at - firstAt)}: so many that who answers cannot be told. Ask what does that.`
            : `Called ${called} web servers that nobody had looked up within ${duration(worst.at - firstAt)}; ${answeredWords(answered, called)}. Browsers know the names of theirs; worms search.`,
      },
    ];
  }

  /** Faster than anybody's program, whether the line is there or not. */
  #weighFast(at: number): void {
    const { windowMs, targets, weight } = webSpray.fast;
    const sums = this.#sums(at - windowMs, at);
    const { busy, answered } = sums;
    if (busy >= webSpray.busy.targets) {
      this.#keep({ strength: webSpray.busy.weight, failed: busy, answered, firstAt: at - windowMs, at });
    }
    if (sums.web < targets || sums.others > sums.web) return;
    // Where one address is everybody's, so is what all of them call while the line is dead.
    if (this.#surroundings.standsForMany()) return;
    if (answered > webSpray.answeredShare * sums.web) return;
    this.#keep({ strength: weight, failed: sums.web - answered, answered, firstAt: at - windowMs, at });
  }

  /**
   * Those that are old enough that a cut of the line would have been noticed, and somebody was answered since; once a second
   * where there are as many strangers as a search has.
   */
  #weigh(now: number): void {
    if (this.#opened < webSpray.targets || now - this.#weighedAt < 1000) return;
    this.#weighedAt = now;
    const at = now - webSpray.afterMs;
    if (this.#surroundings.isOneSided() || this.#surroundings.answeredAt() < at) return;
    const firstAt = at - webSpray.windowMs;
    const { web, answered, failed, others } = this.#sums(firstAt, at);
    if (failed < webSpray.targets || others > web || answered > webSpray.answeredShare * (failed + answered)) return;
    const strength = failed >= webSpray.many.targets ? webSpray.many.weight : webSpray.weight;
    this.#keep({ strength, failed, answered, firstAt, at });
  }

  #sums(from: number, to: number): Sums {
    const sums: Sums = { web: 0, answered: 0, failed: 0, others: 0, busy: 0 };
    const last = Math.floor(to / 1000);
    for (let second = Math.floor(from / 1000) + 1; second <= last; second += 1) {
      const slot = (second & (secondsKept - 1)) * width;
      if (this.#seconds[slot] !== (second | 0)) continue;
      const web = this.#seconds[slot + counts.web] ?? 0;
      const others = this.#seconds[slot + counts.others] ?? 0;
      if (web + others >= webSpray.busy.perSecond) {
        sums.busy += web;
        continue;
      }
      sums.web += web;
      sums.answered += this.#seconds[slot + counts.answered] ?? 0;
      sums.failed += this.#seconds[slot + counts.failed] ?? 0;
      sums.others += others;
    }
    return sums;
  }

  /** Where a second is counted; -1 where it is forgotten and shall not begin. */
  #slotOf(at: number, mayBegin: boolean): number {
    const second = Math.floor(at / 1000) | 0;
    const slot = (second & (secondsKept - 1)) * width;
    if (this.#seconds[slot] === second) return slot;
    if (!mayBegin) return -1;
    this.#seconds.fill(0, slot, slot + width);
    this.#seconds[slot] = second;
    return slot;
  }

  #add(place: number, change: number): void {
    this.#seconds[place] = (this.#seconds[place] ?? 0) + change;
  }

  #keep(spray: Spray): void {
    const known = this.#worst;
    if (known === null || spray.strength > known.strength) this.#worst = spray;
    else if (spray.failed >= known.failed) this.#worst = { ...spray, strength: known.strength };
  }
}

/** IPv4 alone: nobody finds an IPv6 address by chance, and where IPv6 leads nowhere every page calls one in vain. */
function isStranger({ remote, place, resolution, portClass }: Contact): boolean {
  if (typeof remote !== "number" || place === "neighbour" || resolution === "resolved") return false;
  return isStreamClass(portClass) && portClass !== "mail" && !isPropagationClass(portClass);
}
