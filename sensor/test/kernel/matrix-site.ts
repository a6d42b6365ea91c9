import type { Placement } from "@cordon/contract";
import { box, farProvider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import { variants } from "./matrix-cells.ts";
import { nearAddress, other, outsideCard } from "./matrix-frames.ts";
import { macs, TestSite } from "./test-site.ts";

/** The port of a box that receives copies. */
const mirrorPort = "copies0";

/** Where frames with a bad checksum would vanish unseen, they shall not. */
const noIptables = 'for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done';

/** A switch without a program, in a namespace of its own: what its machines send one another never comes to the box. */
const makeSwitch = [
  "ip netns add switch",
  "ip -n switch link add sw0 type bridge stp_state 0 mcast_snooping 0",
  "ip -n switch link set sw0 up",
  `ip netns exec switch sh -c '${noIptables}'`,
];
const plugIn = (port: string) => [
  `ip link set ${port} netns switch`,
  `ip -n switch link set ${port} master sw0`,
  `ip -n switch link set ${port} up`,
];

/** Both machines hang on one switch, and that on the box. */
const behindSwitch = [
  ...makeSwitch,
  ...["in0", "in1"].flatMap(plugIn),
  "ip link add in0 type veth peer name up0 netns switch",
  "ip link set in0 master br0 up",
  "ip -n switch link set up0 master sw0",
  "ip -n switch link set up0 up",
];

/** All hang on the switch, which gives the box a copy of each frame that enters it from a machine or is sent to it. */
const mirrored = [
  ...makeSwitch,
  ...["in0", "in1", "out0"].flatMap(plugIn),
  `ip link add ${mirrorPort} type veth peer name span0 netns switch`,
  // As on a box: what its kernel says by itself is none of the line's.
  `echo 1 > /proc/sys/net/ipv6/conf/${mirrorPort}/disable_ipv6`,
  "ip -n switch link set span0 up",
  `ip netns exec switch nft '${[
    "add table netdev copying",
    'add chain netdev copying in { type filter hook ingress device "in0" priority 0; }',
    'add rule netdev copying in dup to "span0"',
  ].join("; ")}'`,
];

/** Another port of a gateway with a machine of its own; and whatever it routes comes back to whoever asked. */
const repairNetwork = [
  "ip netns add other",
  "ip link add in1 type veth peer name eth0 netns other",
  "ip link set in1 master br0 up",
  "bridge link set dev in0 isolated on",
  "bridge link set dev in1 isolated on",
  "ip -n other link set eth0 up",
  `ip link set out0 address ${outsideCard}`,
  `ip neighbour replace ${farProvider} lladdr ${macs.provider} dev out0 nud permanent`,
  `ip -n provider neighbour replace ${box.outside} lladdr ${outsideCard} dev eth0 nud permanent`,
  `ip route add 198.18.0.0/15 via ${farProvider}`,
  `ip neighbour replace ${other.address} lladdr ${other.card} dev br0 nud permanent`,
  ...variants.flatMap((variant) =>
    (["contained", "innocent"] as const).map(
      (role) => `ip neighbour replace ${nearAddress(variant, role, 4)} lladdr ${variant[role]} dev br0 nud permanent`,
    ),
  ),
  // It routes whatever source a packet has: our rules are to stop it, and no other setting.
  "for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done",
];

/** A site of each placement, with the real executor in its box. */
export async function startMatrixSite(placement: Placement): Promise<TestSite> {
  const site = await TestSite.start();
  const inBox = (commands: readonly string[]) => site.run("box", "sh", "-c", commands.join(" && "));
  switch (placement) {
    case "lan":
      await inBox(behindSwitch);
      site.executor();
      break;
    case "wan":
      await inBox(behindSwitch);
      site.executor(undefined, ["--bridge", "br0", "--outside", "out0", "--wan"]);
      break;
    case "gateway":
      await reshapeAsGateway(site);
      await inBox([...behindSwitch, ...repairNetwork]);
      site.executor(undefined, gatewayPlace);
      break;
    case "mirror":
      await inBox(mirrored);
      site.executor(undefined, ["--mirror", mirrorPort]);
      break;
  }
  return site;
}
