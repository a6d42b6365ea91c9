import type { Happening } from "./scenario.ts";
import type { Drawn } from "./protocol.ts";
import type { Site } from "./site.ts";
import { darkNet } from "./world.ts";

/*
 * What befalls the line, as tables of the provider's kernel: each is made when it begins and deleted when it ends. All
 * links stay up meanwhile, and connections that stand are left alone but where the line is cut or too narrow.
 */

export type LineCondition = "cut" | "walled" | "warned" | "narrowed" | "answered";

/** Where the provider's side answers what it was not asked. */
export const pageServer = { pagePort: 8099, namePort: 8053, peerPort: 8098 } as const;

/** What the law of the dark Internet and dead servers do not concern: somebody answers in their name. */
export const answeredMark = 4;

/** What a step makes of the line; null restores it. */
export type LineChange = Exclude<Drawn<Happening>, { kind: "inbound-mail" }>;

export function conditionOf(change: LineChange): LineCondition | null {
  switch (change.kind) {
    case "cut-line":
      return "cut";
    case "wall-line":
      return "walled";
    case "warn-on-web":
      return "warned";
    case "narrow-line":
      return "narrowed";
    case "strangers-answer":
      return "answered";
    case "restore-line":
      return null;
  }
}

type Answerer = keyof typeof pageServer;

/** The provider's side answers calls that fit, whomever they are for. */
function answering(
  site: Site,
  port: string,
  calls: readonly { readonly fits: string; readonly by: Answerer }[],
): string {
  const lines = (of: (call: (typeof calls)[number]) => string) =>
    calls.map((call) => `    iifname "${port}" ${of(call)}`);
  return `  chain meant {
    type filter hook prerouting priority -160; policy accept;
    ct status dnat meta mark set ${answeredMark}
${lines(({ fits }) => `${fits} meta mark set ${answeredMark}`).join("\n")}
  }
  chain answered {
    type nat hook prerouting priority dstnat; policy accept;
${lines(({ fits, by }) => `${fits} dnat to ${site.wan.providerAddress}:${pageServer[by]}`).join("\n")}
  }
`;
}

function chainsOf(change: LineChange, site: Site, port: string): string {
  // Only what opens a connection: one that stands goes on with whom it was made.
  const opening = "tcp flags & (syn | ack) == syn";
  switch (change.kind) {
    case "cut-line":
      return `  chain arrived {
    type filter hook prerouting priority -310; policy accept;
    iifname "${port}" drop
  }
  chain sent {
    type filter hook postrouting priority 300; policy accept;
    oifname "${port}" drop
  }
`;
    case "wall-line":
      return answering(site, port, [
        { fits: "udp dport 53", by: "namePort" },
        { fits: opening, by: "pagePort" },
      ]);
    case "warn-on-web":
      return answering(site, port, [{ fits: `tcp dport 80 ${opening}`, by: "pagePort" }]);
    case "strangers-answer":
      return answering(
        site,
        port,
        change.on.map(({ protocol, first, last, perMille }) => ({
          fits: `${protocol} dport ${first}-${last} ip daddr ${darkNet} jhash ip daddr mod 1000 seed ${site.world.darkSeed} < ${perMille}`,
          by: "peerPort",
        })),
      );
    case "narrow-line":
      return `  chain arrived {
    type filter hook prerouting priority -310; policy accept;
    iifname "${port}" limit rate over ${Math.round(change.packetsPerSecond)}/second burst 10 packets drop
  }
`;
    case "restore-line":
      return "";
  }
}

/** Text for nft by which this begins at the provider's port, or by which all of `present` ends. */
export function lineChangeRules(
  change: LineChange,
  site: Site,
  port: string,
  present: ReadonlySet<LineCondition>,
): string {
  const condition = conditionOf(change);
  if (condition === null) return [...present].map((name) => `delete table ip line_${name}\n`).join("");
  return `table ip line_${condition} {\n${chainsOf(change, site, port)}}\n`;
}
