/*
 * inside ── i0 ── in0 [br0: box0] out0 ── o0 ── outside
 *        ── i1 ── in0 [br0: box1] out0 ── o1 ──
 *        ── …
 *
 * One sender and one receiver with as many ways between them as are compared, so that the way can be
 * changed from one burst to the next and nothing is loaded or unloaded in between.
 */

export const places = { inside: "inside", outside: "outside" } as const;

/** One bridge between sender and receiver. */
export interface Way {
  /** The bridge's namespace. */
  readonly box: string;
  /** The sender's device. */
  readonly device: string;
  readonly insideMac: string;
  readonly outsideMac: string;
  readonly insideAddress: string;
  readonly outsideAddress: string;
}

/** The names of a box's ports, as the ruleset has to know them. */
export const boxPorts = { inside: "in0", outside: "out0" } as const;

/** Frames to this port are counted by the receiver's kernel and dropped at once: nothing comes back. */
export const sinkPort = 9;

export function wayOf(index: number): Way {
  const digits = index.toString(16).padStart(2, "0");
  return {
    box: `box${index}`,
    device: `i${index}`,
    insideMac: `02:00:5e:10:00:${digits}`,
    outsideMac: `02:00:5e:10:01:${digits}`,
    insideAddress: `10.78.${index}.1`,
    outsideAddress: `10.78.${index}.2`,
  };
}

/** Text for `ip -batch`: namespaces and cables. */
export function cabling(ways: readonly Way[]): string {
  return lines([
    ...[...Object.values(places), ...ways.map((way) => way.box)].map((place) => `netns add ${place}`),
    ...ways.flatMap(({ box, device, insideMac, outsideMac }, index) => [
      `link add name ${device} address ${insideMac} netns ${places.inside} type veth peer name ${boxPorts.inside} netns ${box}`,
      `link add name o${index} address ${outsideMac} netns ${places.outside} type veth peer name ${boxPorts.outside} netns ${box}`,
    ]),
  ]);
}

/** Text for `ip -batch` in each namespace. */
export function setUp(ways: readonly Way[]): ReadonlyMap<string, string> {
  const end = (device: string, own: string, other: string, otherMac: string): string[] => [
    `address add ${own}/24 dev ${device}`,
    `link set ${device} up`,
    `neigh replace ${other} lladdr ${otherMac} dev ${device} nud permanent`,
  ];
  return new Map([
    [
      places.inside,
      lines(ways.flatMap((way) => end(way.device, way.insideAddress, way.outsideAddress, way.outsideMac))),
    ],
    [
      places.outside,
      lines(ways.flatMap((way, index) => end(`o${index}`, way.outsideAddress, way.insideAddress, way.insideMac))),
    ],
    ...ways.map((way): [string, string] => [
      way.box,
      lines([
        "link add name br0 type bridge stp_state 0 mcast_snooping 0 forward_delay 0 group_fwd_mask 65528",
        `link set ${boxPorts.inside} master br0 up`,
        `link set ${boxPorts.outside} master br0 up`,
        "link set br0 up",
      ]),
    ]),
  ]);
}

/** Text for `ip -batch` at the sender: how many frames of the wire a connection made from now on hands over at once. */
export function joining(ways: readonly Way[], atMost: number): string {
  return lines(ways.map((way) => `link set ${way.device} gso_max_segs ${atMost}`));
}

/**
 * Text for `bridge -batch` in a box: where both ends are, known for good, as of machines that talk. A frame to a
 * stranger takes another way through the kernel.
 */
export function learned(way: Way): string {
  return lines([
    `fdb replace ${way.insideMac} dev ${boxPorts.inside} master static`,
    `fdb replace ${way.outsideMac} dev ${boxPorts.outside} master static`,
  ]);
}

/** The receiver's rules: before its IP looks at the frames. */
export function sinkRules(ways: readonly Way[]): string {
  return `table netdev sink {
	counter arrived {
	}
	chain arriving {
		type filter hook ingress devices = { ${ways.map((_, index) => `o${index}`).join(", ")} } priority 0; policy accept;
		tcp dport ${sinkPort} counter name "arrived" drop
	}
}
`;
}

function lines(text: readonly string[]): string {
  return `${text.join("\n")}\n`;
}
