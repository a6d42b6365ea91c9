import type { HostSnapshot } from "@cordon/contract";

/** Makers whose machines in an office are all of one kind. Who makes computers and much else is not here. */
const kinds: readonly (readonly [RegExp, kind: string, things: string])[] = [
  [
    /^(axis communications|hangzhou hikvision|zhejiang dahua|mobotix|vivotek|hanwha vision|reolink|avigilon)/i,
    "camera",
    "cameras",
  ],
  [
    /^(brother industries|seiko epson|lexmark|ricoh|konica minolta|kyocera document|xerox|canon$|zebra)/i,
    "printer",
    "printers",
  ],
  [/^(yealink|xiamen yealink|snom|polycom|grandstream|gigaset|mitel|auerswald|unify)/i, "desk-phone", "telephones"],
  [
    /^(avm|lancom|routerboard|draytek|ubiquiti|ruckus|fortinet|cisco meraki|zyxel|bintec)/i,
    "network-equipment",
    "network equipment",
  ],
  [/^(synology|qnap)/i, "storage", "network storage"],
  [/^(sonos|roku)/i, "media-player", "media players"],
  [/^(vmware|pcs systemtechnik|xensource|proxmox server|parallels)/i, "virtual-machine", "virtual machines"],
];

/** The role as told, or, where nothing else tells it, the guess that its card's maker allows. */
export function roleWithVendor(role: HostSnapshot["role"], vendor: string | null): HostSnapshot["role"] {
  if (role.name !== "unknown" || vendor === null) return role;
  const kind = kinds.find(([pattern]) => pattern.test(vendor));
  if (kind === undefined) return role;
  return { name: kind[1], reason: `Its network card is by ${vendor}, known for ${kind[2]}.`, guessed: true };
}
