import type { Contact } from "../connection/contact.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Flooding, Surroundings } from "./detector.ts";
import { decisionLifeMs, outboundFlood } from "./likelihoods.ts";
import { duration } from "./words.ts";

interface Flood {
  readonly by: Flooding["by"];
  readonly place: Flooding["place"];
  readonly firstAt: number;
  lastAt: number;
  copies: number;
}

/** Targets remembered; a flood has few. */
const targetsKept = 64;

/**
 * More packets to one machine than any program sends, and nobody answers. Of a flood only samples are
 * handed up, so that it is one for as long as samples come.
 */
export class OutboundFlood implements Detector {
  readonly #surroundings: Surroundings;
  readonly #floods = new Map<AddressKey, Flood>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  settled(contact: Contact): boolean {
    return this.#floods.size > 0 && this.#floods.has(contact.remote);
  }

  flooded({ remote, place, by, at }: Flooding): void {
    const known = this.#floods.get(remote);
    if (known !== undefined && at - known.lastAt <= outboundFlood.pauseMs) {
      known.lastAt = at;
      known.copies += 1;
      return;
    }
    this.#floods.set(remote, { by, place, firstAt: at, lastAt: at, copies: 1 });
    forgetOldest(this.#floods, targetsKept);
  }

  findings(at: number): readonly Finding[] {
    let worst: Flood | null = null;
    let most = 0;
    for (const [remote, flood] of this.#floods) {
      if (at - flood.lastAt > decisionLifeMs) continue;
      const weight = weightOf(flood, this.#surroundings.hasAnswered(remote));
      if (weight <= most) continue;
      worst = flood;
      most = weight;
    }
    if (worst === null) return [];
    const { by, firstAt, lastAt, copies } = worst;
    return [
      {
        kind: "outbound-flood",
        for: true,
        subject: "propagation",
        strength: most,
        count: copies,
        firstAt,
        lastAt,
        text: () =>
          `Flooded one machine with ${by} for ${duration(lastAt - firstAt)}, more a second than programs send. It may have been told to by somebody.`,
      },
    ];
  }
}

function weightOf({ by, place, firstAt, lastAt }: Flood, isAnswered: boolean): number {
  // Load tests and streams are answered, or stay on the site.
  if (isAnswered || lastAt - firstAt < outboundFlood.leastMs) return by === "connections" ? outboundFlood.answered : 0;
  if (by === "datagrams" && place !== "outside") return 0;
  return outboundFlood.unanswered;
}

function forgetOldest<Value>(map: Map<AddressKey, Value>, cap: number): void {
  if (map.size <= cap) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
