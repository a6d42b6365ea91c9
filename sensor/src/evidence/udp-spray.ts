import { isMiss, type Contact } from "../connection/contact.ts";
import type { PortClass } from "../connection/port-class.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { decisionLifeMs, udpSpray } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** More peers within the window say nothing new. */
const recentKept = 1024;
/** What is slow is looked at as seldom. */
const slowlyEveryMs = 10_000;

interface Spray {
  readonly strength: number;
  readonly peers: number;
  readonly answered: number;
  readonly firstAt: number;
  readonly at: number;
}

/**
 * Datagrams to hundreds of strangers of whom hardly anybody answers: worms of a single packet, and bots
 * that look for their kind. Peer-to-peer programs are answered by far more.
 */
export class UdpSpray implements Detector {
  readonly classes: readonly PortClass[] = ["udp"];
  readonly #surroundings: Surroundings;
  /** Strangers of the last minute, oldest first. */
  #recent: Contact[] = [];
  #weighedAt = 0;
  #weighedSlowlyAt = 0;
  #worst: Spray | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  opened(contact: Contact): boolean {
    if (!isStranger(contact) || contact.outcome === "refused-by-us") return false;
    contact.isKept = true;
    this.#recent.push(contact);
    if (this.#recent.length > recentKept) this.#recent.shift();
    this.#weighSpeed(contact.openedAt);
    return this.#isWorthAsking;
  }

  settled(contact: Contact): boolean {
    return this.#isWorthAsking && isStranger(contact);
  }

  findings(at: number): readonly Finding[] {
    this.#weighAnswers(at);
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.at > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const { strength, peers, answered, firstAt } = worst;
    const result = answered === 0 ? "nobody answered" : `only ${answered} answered`;
    return [
      {
        kind: "udp-spray",
        for: true,
        subject: "propagation",
        strength,
        count: peers,
        firstAt,
        lastAt: worst.at,
        text: () =>
          `Sent datagrams to ${peers} strangers within ${duration(worst.at - firstAt)}; ${result}. Programs that share files are answered by many more.`,
      },
    ];
  }

  get #isWorthAsking(): boolean {
    return this.#worst !== null || this.#recent.length >= udpSpray.peers;
  }

  /** What fills the line is told before anybody could answer. */
  #weighSpeed(at: number): void {
    const { windowMs, peers, weight } = udpSpray.lineSpeed;
    const first = this.#recent.at(-peers);
    if (first === undefined || at - first.openedAt > windowMs) return;
    const burst = this.#recent.slice(-peers);
    const answered = burst.filter(({ outcome }) => outcome === "established").length;
    if (answered > udpSpray.answeredShare * peers) return;
    this.#keep({ strength: weight, peers, answered, firstAt: first.openedAt, at });
  }

  #weighAnswers(at: number): void {
    if (this.#recent.length < udpSpray.peers || at - this.#weighedAt < 1000) return;
    this.#weighedAt = at;
    const { windowMs, peers, slow } = udpSpray;
    this.#recent = this.#recent.filter(({ openedAt }) => at - openedAt <= slow.windowMs);
    const lately = this.#recent.filter(({ openedAt }) => at - openedAt <= windowMs);
    const few = { peers, weight: udpSpray.weight, mayBeSilent: true };
    this.#weighShare(lately, few, at);
    if (at - this.#weighedSlowlyAt < slowlyEveryMs) return;
    this.#weighedSlowlyAt = at;
    this.#weighShare(this.#recent, { ...slow, mayBeSilent: false }, at);
  }

  #weighShare(
    recent: readonly Contact[],
    least: { readonly peers: number; readonly weight: number; readonly mayBeSilent: boolean },
    at: number,
  ): void {
    if (recent.length < least.peers) return;
    // A firewall that swallows web pages by UDP leaves those by TCP: whoever answers there is no stranger in the dark.
    const { hasAnswered } = this.#surroundings;
    const isAnswered = ({ outcome, remote }: Contact) => outcome === "established" || hasAnswered(remote);
    const answered = recent.filter(isAnswered).length;
    const failed = recent.filter((contact) => isMiss(contact.outcome) && !isAnswered(contact)).length;
    const peers = failed + answered;
    if (peers < least.peers || answered > udpSpray.answeredShare * peers || (answered === 0 && !least.mayBeSilent))
      return;
    const firstAt = recent[0]?.openedAt ?? at;
    // Whom nobody answers at all has a dead line, or half a capture.
    if (this.#surroundings.isOneSided() || this.#surroundings.answeredAt() < firstAt) return;
    const strength = least.mayBeSilent && peers >= udpSpray.many.peers ? udpSpray.many.weight : least.weight;
    this.#keep({ strength, peers, answered, firstAt, at: recent.at(-1)?.openedAt ?? at });
  }

  #keep(spray: Spray): void {
    const known = this.#worst;
    if (known === null || spray.strength > known.strength) this.#worst = spray;
    else if (spray.peers >= known.peers) this.#worst = { ...spray, strength: known.strength };
  }
}

function isStranger({ portClass, place, resolution }: Contact): boolean {
  return portClass === "udp" && place !== "neighbour" && resolution !== "resolved";
}
