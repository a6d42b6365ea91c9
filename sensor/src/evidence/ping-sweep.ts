import { isMiss, type Contact } from "../connection/contact.ts";
import type { PortClass } from "../connection/port-class.ts";
import type { Detector, Finding } from "./detector.ts";
import { decisionLifeMs, pingSweep } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** More pings within the window say nothing new. */
const recentKept = 512;

interface Sweep {
  readonly strength: number;
  readonly targets: number;
  readonly unanswered: number;
  readonly isOwn: boolean;
  readonly firstAt: number;
  readonly at: number;
}

/** Asking one machine after the other whether it is there. */
export class PingSweep implements Detector {
  readonly classes: readonly PortClass[] = ["ping"];
  /** Those of the last minute, oldest first. */
  readonly #recent: Contact[] = [];
  #worst: Sweep | null = null;

  opened(contact: Contact): boolean {
    if (!isCounted(contact) || contact.outcome === "refused-by-us") return false;
    contact.isKept = true;
    this.#recent.push(contact);
    while (this.#recent.length > recentKept) this.#recent.shift();
    return true;
  }

  settled(contact: Contact): boolean {
    return isCounted(contact);
  }

  findings(at: number): readonly Finding[] {
    while (at - (this.#recent[0]?.openedAt ?? at) > pingSweep.windowMs) this.#recent.shift();
    if (this.#recent.length > 0) this.#weigh(at);
    const worst = this.#worst;
    if (worst === null) return [];
    if (at - worst.at > decisionLifeMs) {
      this.#worst = null;
      return [];
    }
    const asked = worst.isOwn ? " Monitoring does that, and whoever looks for something in the own network." : "";
    return [
      {
        kind: "ping-sweep",
        for: true,
        subject: "propagation",
        strength: worst.strength,
        isOwnNetwork: worst.isOwn,
        count: worst.targets,
        firstAt: worst.firstAt,
        lastAt: worst.at,
        text: () =>
          `Pinged ${worst.targets} machines within ${duration(worst.at - worst.firstAt)}; ${worst.unanswered} did not answer.${asked}`,
      },
    ];
  }

  #weigh(at: number): void {
    const recent = this.#recent;
    const unanswered = recent.filter(({ outcome }) => isMiss(outcome)).length;
    const settled = recent.filter(({ outcome }) => isMiss(outcome) || outcome === "established").length;
    const isDark = unanswered >= pingSweep.unanswered.share * settled;
    let strength = 0;
    if (isDark && unanswered >= pingSweep.many.targets) strength = pingSweep.many.weight;
    else if (isDark && unanswered >= pingSweep.unanswered.targets) strength = pingSweep.unanswered.weight;
    if (strength === 0 && busiest(recent) >= pingSweep.fast.targets) {
      strength = pingSweep.fast.weight + (hasWholeNetwork(recent) ? pingSweep.wholeNetwork : 0);
    }
    if (strength === 0 || strength < (this.#worst?.strength ?? 0)) return;
    this.#worst = {
      strength,
      targets: recent.length,
      unanswered,
      isOwn: recent.every(({ place }) => place === "neighbour"),
      firstAt: recent[0]?.openedAt ?? at,
      at: recent.at(-1)?.openedAt ?? at,
    };
  }
}

function isCounted({ portClass, resolution }: Contact): boolean {
  return portClass === "ping" && resolution !== "resolved";
}

/** Most targets within the short window. */
function busiest(recent: readonly Contact[]): number {
  let from = 0;
  let most = 0;
  for (let to = 0; to < recent.length; to += 1) {
    while ((recent[to]?.openedAt ?? 0) - (recent[from]?.openedAt ?? 0) > pingSweep.fast.windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** The addresses of a /24 that are no machine's. */
function hasWholeNetwork(recent: readonly Contact[]): boolean {
  return recent.some(({ remote }) => typeof remote === "number" && ((remote & 0xff) === 0 || (remote & 0xff) === 0xff));
}
