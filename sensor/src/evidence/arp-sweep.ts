import type { Contact } from "../connection/contact.ts";
import { isPropagationClass, propagationClasses, type PortClass } from "../connection/port-class.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding } from "./detector.ts";
import { arpSweep, decisionLifeMs } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Enough to tell the faster sweep; a host that seeks more has been told. */
const soughtKept = 512;

/**
 * Asking by ARP for one address of the own network after the other. It is all that is seen of a scan
 * of dark neighbours, because nobody is there to send the next packet to.
 */
export class ArpSweep implements Detector {
  readonly classes: readonly PortClass[] = propagationClasses;
  /** When each address was sought last, oldest first. */
  readonly #soughtAt = new Map<AddressKey, number>();
  /** Neighbours that were called on ports of worms, and when first. */
  readonly #calledAt = new Map<AddressKey, number>();
  #fastest = 0;
  #widest = 0;
  #called = 0;
  #firstAt = 0;
  #lastAt = 0;

  sought(target: AddressKey, at: number): boolean {
    this.#soughtAt.delete(target);
    this.#soughtAt.set(target, at);
    for (const [oldest, oldestAt] of this.#soughtAt) {
      if (at - oldestAt <= arpSweep.wide.windowMs && this.#soughtAt.size <= soughtKept) break;
      this.#soughtAt.delete(oldest);
    }
    // Walking the window costs; nobody is near a sweep before it holds half of one.
    if (this.#soughtAt.size < arpSweep.wide.targets) return false;
    let fast = 0;
    for (const soughtAt of this.#soughtAt.values()) if (at - soughtAt <= arpSweep.fast.windowMs) fast += 1;
    if (this.#widest === 0) this.#firstAt = this.#soughtAt.values().next().value ?? at;
    this.#fastest = Math.max(this.#fastest, fast);
    this.#widest = Math.max(this.#widest, this.#soughtAt.size);
    this.#lastAt = at;
    this.#isCalling();
    return true;
  }

  opened({ portClass, place, remote, openedAt }: Contact): boolean {
    if (place !== "neighbour" || !isPropagationClass(portClass)) return false;
    this.#calledAt.delete(remote);
    this.#calledAt.set(remote, openedAt);
    for (const [oldest, oldestAt] of this.#calledAt) {
      if (openedAt - oldestAt <= arpSweep.wide.windowMs && this.#calledAt.size <= soughtKept) break;
      this.#calledAt.delete(oldest);
    }
    return this.#isCalling();
  }

  /** Whether neighbours are called while the network is gone through. */
  #isCalling(): boolean {
    if (this.#widest > 0 && this.#calledAt.size >= arpSweep.calls.machines) {
      const [oldest = 0] = this.#calledAt.values();
      if (oldest >= this.#firstAt && oldest - this.#lastAt <= arpSweep.wide.windowMs) {
        this.#called = Math.max(this.#called, this.#calledAt.size);
      }
    }
    return this.#called > 0;
  }

  findings(at: number): readonly Finding[] {
    if (this.#widest === 0) return [];
    if (at - this.#lastAt > decisionLifeMs) {
      this.#fastest = 0;
      this.#widest = 0;
      this.#called = 0;
      return [];
    }
    const isFast = this.#fastest >= arpSweep.fast.targets;
    const count = this.#widest;
    const called = this.#called;
    const calls = called === 0 ? "" : ` Of those that are there it called ${called} on ports by which worms spread.`;
    const time = duration(this.#lastAt - this.#firstAt);
    return [
      {
        kind: "arp-sweep",
        for: true,
        subject: "propagation",
        isOwnNetwork: true,
        strength: isFast ? arpSweep.fast.weight : called > 0 ? arpSweep.calls.weight : arpSweep.wide.weight,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Asked for ${count} addresses of the own network within ${time}.${calls} A scan of the own network: ask whether somebody is looking for something.`,
      },
    ];
  }
}
