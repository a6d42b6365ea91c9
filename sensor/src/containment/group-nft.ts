import type { FrameSides } from "./frame-sides.ts";

/**
 * Frames to groups (broadcast and multicast), as nft text: what bounds a loop and a storm before any program
 * knows. All else leaves after one look at the kind of frame.
 *
 * A loop, both ports in one switch above all, shows by a frame that was carried both ways and comes again. So a
 * frame is stopped that was carried in the same direction within the last half second, if the same frame was
 * carried in the other direction as well. Whatever is stopped was on both sides a moment before, so whoever sends
 * in another's name makes nobody unheard: not the router, and not its questions by ARP. Going by senders alone
 * would let one forged frame a second do that.
 *
 * A storm is stopped by a limit on each sender in each direction, and one on all senders together that were not
 * heard before: made-up addresses take nothing from those that were there, and what comes in by one port
 * takes nothing from the other. An office has tens of such frames a second in all.
 */

/** Frames stopped: those that came again by a loop, and those beyond the limits. */
export const groupCounters = { loop: "loop_stopped", storm: "storm_stopped" } as const;

/** By MAC, what was stopped beyond the limits. */
export const stormSenders = "storm_from";

/**
 * What a sender may send to groups, in each direction; `stream` for what carries sound or pictures. `placeless` is for all
 * together for whom the set of a sender's own limit has no place left.
 */
export const groupLimits = {
  sender: { perSecond: 200, burst: 1000 },
  stream: { perSecond: 20_000, burst: 20_000 },
  newcomers: { perSecond: 200, burst: 400 },
  placeless: { perSecond: 200, burst: 400 },
} as const;

// Repeats of a question (RFC 826, RFC 4861 10) are a second apart, and are never taken for the loop's.
const carriedFor = "500ms";
// Beyond so many in half a second a loop is not told from a storm, and only the limits on it hold.
const maxFrames = 16_384;
const maxSenders = 4096;
const senderIdle = "10m";
const namedFor = "10m";

/**
 * What tells one frame from another, by the least that Ethernet carries (46 bytes): who sends it to which group,
 * and 28 bytes. Those are all of ARP; of IPv4 both headers, with identification and checksum; of IPv6 the
 * destination and the first bytes after it, with the checksum, also behind an option for routers.
 */
const frameKeys: readonly { readonly condition: string; readonly bytes: string }[] = [
  { condition: "meta protocol != ip6", bytes: "@nh,0,128 . @nh,128,96" },
  { condition: "ip6 length >= 12", bytes: "@nh,192,128 . @nh,320,96" },
  { condition: "ip6 length < 12", bytes: "@nh,160,128 . @nh,288,96" },
];
const keyOf = (bytes: string) => `ether saddr . ether daddr . ${bytes}`;

/** Sets, counters and chains. */
export function groupParts({ fromOutside }: FrameSides): readonly string[] {
  return [
    ...Object.values(groupCounters).flatMap((name) => [`counter ${name} {`, "}"]),
    ...kept(stormSenders, "type ether_addr", maxSenders, namedFor),
    ...chain("loop_stop", [`counter name "${groupCounters.loop}" drop`]),
    ...chain("storm_stop", [
      `update @${stormSenders} { ether saddr counter }`,
      `counter name "${groupCounters.storm}" drop`,
    ]),
    ...sides.flatMap((side) => [
      ...kept(`carried_${side}`, `typeof ${keyOf("@nh,0,128 . @nh,128,96")}`, maxFrames, carriedFor),
      ...kept(`group_senders_${side}`, "type ether_addr", maxSenders, senderIdle),
      ...kept(`group_rate_${side}`, "type ether_addr", maxSenders, senderIdle),
      ...kept(`group_stream_${side}`, "type ether_addr", maxSenders, senderIdle),
    ]),
    ...sides.flatMap((side) => [
      ...chain(`group_carried_${side}`, [
        // No entry is made younger: in each half second every frame passes once.
        ...frameKeys.map(({ condition, bytes }) => `${condition} add @carried_${side} { ${keyOf(bytes)} }`),
      ]),
      ...chain(`group_stream_from_${side}`, [
        `update @group_stream_${side} { ether saddr ${over(groupLimits.stream)} } goto storm_stop`,
        `ether saddr != @group_stream_${side} ${over(groupLimits.placeless)} goto storm_stop`,
        `goto group_carried_${side}`,
      ]),
      ...chain(`group_from_${side}`, [
        ...frameKeys.map(
          ({ condition, bytes }) =>
            `${condition} ${keyOf(bytes)} @carried_${side} ${keyOf(bytes)} @carried_${otherOf(side)} goto loop_stop`,
        ),
        `ether saddr != @group_senders_${side} ${over(groupLimits.newcomers)} goto storm_stop`,
        // Whoever finds no place stays a newcomer.
        `update @group_senders_${side} { ether saddr }`,
        `ip daddr 224.0.1.0-239.255.255.255 goto group_stream_from_${side}`,
        `ip6 daddr ff00::/8 ip6 daddr != ff02::/16 goto group_stream_from_${side}`,
        `update @group_rate_${side} { ether saddr ${over(groupLimits.sender)} } goto storm_stop`,
        `ether saddr != @group_rate_${side} ${over(groupLimits.placeless)} goto storm_stop`,
        `goto group_carried_${side}`,
      ]),
    ]),
    ...chain("group", [`${fromOutside} goto group_from_outside`, "goto group_from_inside"]),
    ...chain("groups", [
      // Before all else: what is stopped here also teaches the bridge nothing, and is not the box's to read.
      "type filter hook prerouting priority -300; policy accept;",
      "meta pkttype vmap { broadcast : goto group, multicast : goto group }",
    ]),
  ];
}

const sides = ["inside", "outside"] as const;

function otherOf(side: (typeof sides)[number]): (typeof sides)[number] {
  return side === "inside" ? "outside" : "inside";
}

function over({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }): string {
  return `limit rate over ${perSecond}/second burst ${burst} packets`;
}

function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

function kept(name: string, type: string, size: number, timeout: string): string[] {
  return [`set ${name} {`, `\t${type}`, `\tsize ${size}`, "\tflags dynamic,timeout", `\ttimeout ${timeout}`, "}"];
}
