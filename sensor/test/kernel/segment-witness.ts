import type { Place, TestSite } from "./test-site.ts";

const table = `table netdev segment {
	set by_card {
		type ether_addr . ether_addr
		size 65536
		flags dynamic
	}
	set by_far_end {
		type ipv4_addr . inet_service
		size 65536
		flags dynamic
	}
	set by_near_end {
		type ipv4_addr . inet_service
		size 65536
		flags dynamic
	}
	chain arrived {
		type filter hook ingress device "eth0" priority -300; policy accept;
		update @by_card { ether saddr . ether daddr counter }
		ip protocol { tcp, udp } update @by_far_end { ip daddr . th dport counter }
		ip protocol icmp update @by_far_end { ip daddr . th sport counter }
		ip protocol { tcp, udp } update @by_near_end { ip saddr . th sport counter }
	}
}
`;

interface Listed {
  readonly set?: {
    readonly name: string;
    readonly elem?: readonly {
      readonly elem: {
        readonly val: { readonly concat: readonly (string | number)[] };
        readonly counter: { readonly packets: number };
      };
    }[];
  };
}

/** What has arrived somewhere so far. */
export interface Seen {
  /** By the cards in the frame, whatever it is wrapped in. */
  readonly between: (from: string, to: string) => number;
  readonly sentBy: (card: string) => number;
  /** By an end of an IPv4 packet: where it goes, and whence it comes; of ICMP type and code stand for the port it goes to. Addresses of cards do not outlast a router. */
  readonly to: (address: string, port: number) => number;
  readonly from: (address: string, port: number) => number;
  /** All of it, to compare with. */
  readonly text: string;
}

/** Counts in the kernel what enters the card of a host, before any rule of its own. */
export class SegmentWitness {
  readonly #site: TestSite;
  readonly #place: Exclude<Place, "box">;

  private constructor(site: TestSite, place: Exclude<Place, "box">) {
    this.#site = site;
    this.#place = place;
  }

  static async at(site: TestSite, place: Exclude<Place, "box">): Promise<SegmentWitness> {
    await site.loadAt(place, table);
    return new SegmentWitness(site, place);
  }

  async seen(): Promise<Seen> {
    const text = await this.#site.run(this.#place, "nft", "-j", "list", "table", "netdev", "segment");
    const { nftables } = JSON.parse(text) as { readonly nftables: readonly Listed[] };
    const counts = new Map(
      nftables.flatMap(({ set }) =>
        (set?.elem ?? []).map(({ elem }): [string, number] => [
          `${set?.name} ${elem.val.concat.join(" ")}`,
          elem.counter.packets,
        ]),
      ),
    );
    const count = (set: string, first: string, second: string | number) => counts.get(`${set} ${first} ${second}`) ?? 0;
    return {
      between: (from, to) => count("by_card", from, to),
      sentBy: (card) =>
        [...counts].reduce((sum, [key, packets]) => sum + (key.startsWith(`by_card ${card} `) ? packets : 0), 0),
      to: (address, port) => count("by_far_end", address, port),
      from: (address, port) => count("by_near_end", address, port),
      text: JSON.stringify([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    };
  }
}
