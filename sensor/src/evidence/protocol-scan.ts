import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, protocolScan } from "./likelihoods.ts";
import { counted, duration } from "./words.ts";

/** Machines whose protocols are remembered; whoever goes through them takes one after the other. */
const targetsKept = 64;

interface Target {
  readonly protocols: Set<number>;
  readonly isOwn: boolean;
  readonly firstAt: number;
  lastAt: number;
}

/** Going through the protocols that one machine may speak beside TCP and UDP; a program has one, mostly of a tunnel. */
export class ProtocolScan implements Detector {
  readonly manners: readonly Knock["manner"][] = ["bare"];
  readonly #targets = new Map<AddressKey, Target>();

  knocked({ manner, remote, place, port, at }: Knock): boolean {
    if (manner !== "bare") return false;
    let target = this.#targets.get(remote);
    if (target === undefined || at - target.firstAt > protocolScan.windowMs) {
      target = { protocols: new Set(), isOwn: place === "neighbour", firstAt: at, lastAt: at };
      // A scan that was found stays so when the next one begins.
      if (!this.#isScan(this.#targets.get(remote))) this.#targets.set(remote, target);
    }
    target.protocols.add(port);
    target.lastAt = at;
    if (this.#targets.size > targetsKept) this.#forgetOldest();
    return this.#isScan(target);
  }

  findings(at: number): readonly Finding[] {
    let worst: Target | null = null;
    for (const target of this.#targets.values()) {
      if (!this.#isScan(target) || at - target.lastAt > decisionLifeMs) continue;
      if (worst === null || target.protocols.size > worst.protocols.size) worst = target;
    }
    if (worst === null) return [];
    const { isOwn, firstAt, lastAt } = worst;
    const count = worst.protocols.size;
    const asked = isOwn ? " It is a machine of the own network: ask whether somebody is looking for something." : "";
    return [
      {
        kind: "protocol-scan",
        for: true,
        subject: "propagation",
        isOwnNetwork: isOwn,
        strength: protocolScan.weight,
        count,
        firstAt,
        lastAt,
        text: () =>
          `Tried ${counted(count, "protocol", "protocols")} of one machine within ${duration(lastAt - firstAt)} that offices do not have. Scans do that; a program knows the one it speaks.${asked}`,
      },
    ];
  }

  #isScan(target: Target | undefined): boolean {
    return target !== undefined && target.protocols.size >= protocolScan.protocols;
  }

  #forgetOldest(): void {
    for (const [remote, target] of this.#targets) {
      if (this.#isScan(target)) continue;
      this.#targets.delete(remote);
      return;
    }
    for (const remote of this.#targets.keys()) {
      this.#targets.delete(remote);
      return;
    }
  }
}
