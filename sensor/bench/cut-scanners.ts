import type { SiteFacts } from "../lab/lab.ts";
import type { SeededRandom } from "./random.ts";

/** How a machine scans. `dark`: where nothing ever answers; the others meet refusals and answers now and then. */
export type ScanKind = "slow" | "fast" | "dark";

export interface Scanner {
  readonly kind: ScanKind;
  readonly mac: string;
  readonly address: string;
  readonly port: number;
  /** New targets. */
  readonly perSecond: number;
  /** After the first of all scanners. */
  readonly startsAfterMs: number;
}

export const scanKinds: Readonly<Record<ScanKind, { readonly perSecond: number; readonly port: number }>> = {
  slow: { perSecond: 1, port: 445 },
  fast: { perSecond: 200, port: 445 },
  dark: { perSecond: 20, port: 3389 },
};

/** The part of the lab's dark Internet that the provider swallows whole while a bench runs, as /16. */
export const darkPrefix = "10.255";

/** The namespace of all scanners: each has a cable of its own to the switch, and a MAC. */
export const scannersPlace = "scanners";

/** The log group of the witnesses, in the namespaces of switch and router. */
export const witnessGroup = 73;

/** Draws the machines that scan, at addresses of the office that are free. */
export function drawScanners(facts: SiteFacts, count: number, random: SeededRandom): readonly Scanner[] {
  const net = facts.gateway.address.split(".").slice(0, 3).join(".");
  const taken = new Set([...facts.hosts, facts.gateway, facts.sensor].map((each) => each.address));
  const free = Array.from({ length: 253 }, (_, index) => `${net}.${254 - index}`).filter((each) => !taken.has(each));
  const kinds = Object.keys(scanKinds) as readonly ScanKind[];
  return Array.from({ length: count }, (_, index): Scanner => {
    const kind = kinds[index % kinds.length] ?? "slow";
    return {
      kind,
      mac: `02:5c:a4:00:00:${index.toString(16).padStart(2, "0")}`,
      address: free[index] ?? "",
      ...scanKinds[kind],
      startsAfterMs: random.below(1_000),
    };
  });
}

/** A shell script, run in the switch's namespace, that puts the machines on the switch. */
export function attachScript(scanners: readonly Scanner[], facts: SiteFacts): string {
  const net = facts.localNets[0] ?? "";
  return [
    `ip netns add ${scannersPlace}`,
    // One kernel has all these addresses: each is answered for on its own cable only.
    `nsenter --net=/run/netns/${scannersPlace} sh -c 'for each in all default; do cd /proc/sys/net/ipv4/conf/$each; ` +
      `echo 1 > arp_ignore; echo 2 > arp_announce; echo 0 > rp_filter; echo 1 > /proc/sys/net/ipv6/conf/$each/disable_ipv6; done'`,
    `ip -n ${scannersPlace} link set lo up`,
    ...scanners.flatMap(({ mac, address }, index) => {
      const inside = `ip -n ${scannersPlace}`;
      const table = 100 + index;
      return [
        `ip link add name scan${index} type veth peer name eth${index} address ${mac} netns ${scannersPlace}`,
        `ip link set scan${index} master switch0 up`,
        `${inside} address add ${address}/32 dev eth${index}`,
        `${inside} link set eth${index} up`,
        `${inside} route add ${net} dev eth${index} scope link table ${table}`,
        `${inside} route add default via ${facts.gateway.address} dev eth${index} table ${table}`,
        `${inside} rule add from ${address} lookup ${table}`,
      ];
    }),
  ].join("\n");
}

/** What both witnesses look for: each SYN of a scanner, with the kernel's time, and a counter that says how many there were. */
function witnessRule(scanners: readonly Scanner[], name: string): string {
  const sources = scanners.map(({ address }) => address).join(", ");
  return (
    `ip saddr { ${sources} } tcp flags & (fin | syn | rst | ack) == syn ` +
    `counter name "seen" log prefix "cordon:seen:${name} " group ${witnessGroup} snaplen 96 queue-threshold 1`
  );
}

/**
 * Rules of a witness, on the cables it has to look at: the scanners' ends of the switch, and the router's
 * end of the cable that leaves the sensor's outside port. The sensor's own kernel has no part in it.
 */
export function witnessRules(scanners: readonly Scanner[], name: string, devices: readonly string[]): string {
  return `table netdev witness {
	counter seen {
	}
	chain arriving {
		type filter hook ingress devices = { ${devices.join(", ")} } priority 0; policy accept;
		${witnessRule(scanners, name)}
	}
}
`;
}

/** Rules of the provider: nothing answers in the dark. */
export const darkRules = `table ip darkness {
	chain arriving {
		type filter hook prerouting priority -290; policy accept;
		ip daddr ${darkPrefix}.0.0/16 drop
	}
}
`;
