import { vectorPorts } from "@cordon/contract";
import type { PortClass } from "./lab.ts";
import { answeredMark } from "./line-conditions.ts";
import { isDialled, wanPort, type LineForm } from "./line-forms.ts";
import { clampRules } from "./pppoe/dial-ports.ts";
import type { Site } from "./site.ts";
import { darkRouting } from "./topology.ts";
import { darkLaw, darkNet } from "./world.ts";

/*
 * How the witness tells hosts apart although the router hides them behind one address: the router
 * writes the host's number into the DSCP field of what it forwards, and the provider counts by that
 * field. The mark is made behind the sensor, which therefore never sees it; but where the sensor is a machine that
 * translates itself, at the switch.
 */

/** The number of a host in the DSCP field: six bits, of which zero stands for the router and the sensor. */
export function hostMark(index: number): number {
  return index + 1;
}

export const portClasses: readonly PortClass[] = ["mail", "smb", "web", "dns", "other"];

/** The name of a counter on the provider's side. */
export function counterName(mark: number, portClass: PortClass): string {
  return `m${mark}_${portClass}`;
}

function portSet(ports: readonly number[]): string {
  return `{ ${ports.join(", ")} }`;
}

/** NAT, the port forward of mail, the host's number in the DSCP field, and what a line that is dialled needs. */
export function routerRules(site: Site, form: LineForm): string {
  const { hosts } = site;
  const outside = wanPort(form);
  const mailServer = hosts.find((host) => host.job === "mail-server");
  return `table ip nat {
  chain forwarded-ports {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "${outside}" tcp dport 25 dnat to ${mailServer?.address}
  }
  chain hide {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${outside}" masquerade
  }
}
${markRules(site, outside)}${isDialled(form) ? clampRules : ""}`;
}

/** The host's number in the DSCP field of what leaves by a port, on its way to being translated. */
export function markRules({ facts, hosts }: Site, outside: string): string {
  return `table ip marks {
  chain forward {
    type filter hook forward priority mangle; policy accept;
    oifname "${outside}" ip dscp set 0
${hosts.map((host, index) => `    oifname "${outside}" ip saddr ${host.address} ip dscp set ${hostMark(index)}`).join("\n")}
    oifname "${outside}" ip saddr ${facts.sensor.address} ip dscp set 0
  }
}
`;
}

/** The same at the switch's ports, where no namespace of the lab's translates. */
export function switchMarks({ hosts }: Site): string {
  const chain = (index: number): string => `  chain from_${index} {
    type filter hook ingress device "port${index}" priority 0; policy accept;
    ip dscp set ${hostMark(index)}
  }
`;
  return `table netdev marks {\n${hosts.map((_, index) => chain(index)).join("")}}\n`;
}

/** The witness, the law of the dark Internet, and servers that were given up. */
export function providerRules(site: Site, form: LineForm): string {
  const { world, hosts } = site;
  const marks = [0, ...hosts.map((_, index) => hostMark(index))];
  const { silent, refused, unreachable } = darkLaw;
  const deadServers = world.deadMailServers.flatMap((server) => server.addresses);
  return `table ip witness {
${marks.flatMap((mark) => portClasses.map((name) => `  counter ${counterName(mark, name)} { }`)).join("\n")}
${marks
  .map(
    (mark) => `  chain m${mark} {
    tcp dport ${portSet(vectorPorts.mail)} counter name ${counterName(mark, "mail")} return
    tcp dport ${portSet(vectorPorts.smb)} counter name ${counterName(mark, "smb")} return
    tcp dport ${portSet(vectorPorts.web)} counter name ${counterName(mark, "web")} return
    meta l4proto { tcp, udp } th dport 53 counter name ${counterName(mark, "dns")} return
    counter name ${counterName(mark, "other")}
  }`,
  )
  .join("\n")}
  chain arrived {
    type filter hook prerouting priority -300; policy accept;
    iifname "${wanPort(form)}" ip dscp vmap { ${marks.map((mark) => `${mark} : jump m${mark}`).join(", ")} }
  }
}
table ip world {
  chain dark {
    meta mark set jhash ip daddr mod 1000 seed ${world.darkSeed}
    meta mark 0-${silent - 1} drop
    meta mark ${silent}-${silent + refused - 1} meta mark set 1 return
    meta mark ${silent + refused}-${silent + refused + unreachable - 1} meta mark set ${darkRouting.unreachableMark} return
    meta mark set 3
  }
  chain arrived {
    type filter hook prerouting priority mangle; policy accept;
    meta mark ${answeredMark} return
    ip daddr ${darkNet} jump dark
${deadServers.map((address) => `    ip daddr ${address} drop`).join("\n")}
  }
  chain taken {
    type filter hook input priority filter; policy accept;
    meta mark 1 meta l4proto tcp reject with tcp reset
  }
  chain elsewhere {
    type filter hook forward priority filter; policy accept;
    meta mark ${darkRouting.unreachableMark} reject with icmp type host-unreachable
  }
}
`;
}
