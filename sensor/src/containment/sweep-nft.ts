import { sweepLimit, throttleLimit } from "@cordon/contract";
import type { FrameSides } from "./frame-sides.ts";
import { chain, contactIdle, declared, kept, over } from "./limit-text.ts";
import { gatewayRemedySets } from "./remedy-nft.ts";

/**
 * What single machines may ask the link for, as nft text: questions by ARP (RFC 826) and neighbour discovery (RFC 4861) to
 * everybody, beyond the outside port. They are bounded, by targets, for machines whose sweeps are shut and for those
 * throttled as a whole, and never stopped: whoever cannot ask for the gateway is cut off from everything.
 *
 * A target that has spoken on the link of itself, or to somebody who is not bounded, is no new one: so a gateway stays within
 * everybody's reach, and answers to a sweep teach nothing. Where nobody else is there to hear of it, a machine that
 * sweeps all the time may have to ask for its gateway for a while. What asks a single card passes: whoever knows it need not look for it.
 *
 * A question behind two tags is not looked at; nobody in an office ends those.
 */

/** The sets whose elements say whose sweeps are shut. Their names outlive versions of the skeleton. */
export const sweepSets = { ping: "ping_from", arp: "arp_from" } as const;

/** Sets into which the kernel counts what was stopped, by machine. */
export const sweepCounts = { ping: "ping_stopped", arp: "arp_stopped" } as const;

const maxElements = 65_536;
// An office's machines beyond the outside port are few.
const maxOutside = 4096;
// A gateway that is asked now and then stays known; one that was replaced is forgotten within the day.
const outsideIdle = "6h";

/** The last 24 bits of an address are what a question by neighbour discovery is sent by (RFC 4291 2.7.1). */
const last24 = { source: "@nh,168,24", destination: "@nh,296,24", target: "@th,168,24" } as const;

/** Sets, and the chains that {@link sweepRules} go to, still empty: see {@link sweepFillings}. */
export function sweepParts(): readonly string[] {
  return [
    ...declared("set", sweepSets.ping, "ether_addr", maxElements),
    ...declared("set", sweepSets.arp, "ether_addr", maxElements),
    ...kept(sweepCounts.ping, "ether_addr", maxElements, "1d"),
    ...kept(sweepCounts.arp, "ether_addr", maxElements, "1d"),
    ...chain("ping_stop", [`update @${sweepCounts.ping} { ether saddr counter }`, "goto stop"]),
    ...chain("arp_sweep", []),
    ...chain("nd_sweep", []),
  ];
}

/** Come before the lifelines. */
export const sweepRules = {
  arp: "jump arp_sweep",
  neighbours: "meta l4proto ipv6-icmp jump nd_sweep",
} as const;

/**
 * What is loaded after all else: until then nobody is bounded, for bounds are no cut that has to hold at once. `throttled` is the set of
 * machines throttled as a whole; the chain `throttle_all_stop` must be there to go to.
 */
export function sweepFillings({ fromOutside, isGateway }: FrameSides, throttled: string): readonly string[] {
  const { arp } = sweepSets;
  const isThrottled = `ether saddr @${throttled}`;
  const toGroup = "meta pkttype != { broadcast, multicast } return";
  /** By what is asked for, whether it is known, and the limit where it is not. */
  const asked = (its: "arp" | "nd", known: readonly string[], target: string) =>
    (["asked", "throttled"] as const).flatMap((by) => {
      const protocol = `meta protocol ${its === "arp" ? "arp" : "ip6"}`;
      const rate = `${its}_${by}_rate`;
      const [limit, end] = by === "asked" ? [sweepOver, "arp_stop"] : [over(throttleLimit), "throttle_all_stop"];
      return [
        ...kept(rate, "ether_addr", maxElements, contactIdle),
        ...chain(`${its}_${by}`, [
          ...known,
          `${protocol} ether saddr . ${target} @${its}_targets update @${its}_targets { ether saddr . ${target} } return`,
          `update @${rate} { ether saddr ${limit} } goto ${end}`,
          `${protocol} update @${its}_targets { ether saddr . ${target} }`,
        ]),
      ];
    });
  const bounded = (its: "arp" | "nd") => [
    `ether saddr @${arp} goto ${its}_asked`,
    `${isThrottled} goto ${its}_throttled`,
  ];
  /** What comes from outside teaches, unless it answers whoever is bounded. */
  const unlessAnswer = (isAnswer: string) => [
    `${isAnswer} ether daddr @${arp} return`,
    `${isAnswer} ether daddr @${throttled} return`,
  ];
  return [
    ...kept("arp_outside", "ipv4_addr", maxOutside, outsideIdle),
    ...keptLike("nd_outside", last24.source, maxOutside, outsideIdle),
    ...kept("arp_targets", "ether_addr . ipv4_addr", maxElements, contactIdle),
    ...kept("nd_targets", "ether_addr . ipv6_addr", maxElements, contactIdle),
    ...chain("arp_stop", [`update @${sweepCounts.arp} { ether saddr counter }`, "goto stop"]),
    ...asked(
      "arp",
      ["meta protocol arp arp daddr ip @arp_outside update @arp_outside { arp daddr ip } return"],
      "arp daddr ip",
    ),
    ...asked(
      "nd",
      [`${last24.destination} @nd_outside update @nd_outside { ${last24.destination} } return`],
      "ip6 daddr",
    ),
    ...chain("arp_heard", [
      ...unlessAnswer("meta protocol arp arp operation reply"),
      "meta protocol arp update @arp_outside { arp saddr ip }",
    ]),
    ...chain("nd_heard", [
      ...unlessAnswer("meta protocol ip6 icmpv6 type nd-neighbor-advert"),
      // A sender may have several addresses, and answers for one of them.
      `update @nd_outside { ${last24.source} }`,
      `meta protocol ip6 icmpv6 type nd-neighbor-advert update @nd_outside { ${last24.target} }`,
    ]),
    ...chain("arp_sweep", [
      `${fromOutside} goto arp_heard`,
      toGroup,
      "meta protocol arp arp operation != request return",
      ...(isGateway ? [`meta protocol arp arp daddr ip @${gatewayRemedySets.box} return`] : []),
      ...bounded("arp"),
    ]),
    ...chain("nd_sweep", [
      `${fromOutside} meta protocol ip6 icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } goto nd_heard`,
      "meta protocol ip6 icmpv6 type != nd-neighbor-solicit return",
      toGroup,
      ...bounded("nd"),
    ]),
  ];
}

const sweepOver = `limit rate over ${sweepLimit.perMinute}/minute burst ${sweepLimit.burst} packets`;

function keptLike(name: string, expression: string, size: number, timeout: string): string[] {
  return kept(name, expression, size, timeout).map((line) => line.replace("\ttype ", "\ttypeof "));
}
