import { strengths, type KindClue, type KindName } from "./kind.ts";

/** Services that only one kind of machine offers, by their registered types; what people's computers offer too is not here. */
const services: Readonly<Record<string, readonly [KindName, string]>> = {
  "_pdl-datastream._tcp": ["printer", "printing"],
  "_uscan._tcp": ["printer", "scanning"],
  "_scanner._tcp": ["printer", "scanning"],
  "_printer._tcp": ["printer", "printing"],
  "_ipp._tcp": ["printer", "printing"],
  "_axis-video._tcp": ["camera", "pictures of a camera"],
  "_rtsp._tcp": ["camera", "pictures of a camera"],
  "_nvstream._tcp": ["workstation", "games of its screen"],
  "_sip._udp": ["desk-phone", "calls"],
  "_sip._tcp": ["desk-phone", "calls"],
  "_apple-mobdev2._tcp": ["mobile-phone", "what an iPhone or iPad offers its owner's computer"],
  "_googlecast._tcp": ["media-player", "playing music or films"],
  "_sonos._tcp": ["media-player", "playing music"],
  "_spotify-connect._tcp": ["media-player", "playing music"],
  "_androidtvremote2._tcp": ["media-player", "television"],
  "_adisk._tcp": ["storage", "room for backups"],
  "_nfs._tcp": ["storage", "files"],
  "_workstation._tcp": ["workstation", "what a Linux desktop says of itself"],
};

/** What makes of programs say they are (DHCP option 60). */
const vendorClasses: readonly (readonly [RegExp, KindName])[] = [
  [
    /^(hewlett-packard (jetdirect|officejet|laserjet)|mfg=.*(printer|laserjet)|brother|canon|epson|kyocera|lexmark|ricoh|xerox)/i,
    "printer",
  ],
  [/^(axis,|hikvision|dahua|mobotix|vivotek)/i, "camera"],
  [
    /^(yealink|snom|polycom|grandstream|cisco systems, inc\. ip phone|gigaset|mitel|avaya|ccp\.avaya|siemens.*openstage)/i,
    "desk-phone",
  ],
  [/^(ubnt|arubaap|cisco ap |ruckus|meraki)/i, "access-point"],
  [/^(synology|qnap)/i, "storage"],
  [/^android-dhcp/i, "mobile-phone"],
  [/^msft /i, "workstation"],
];

/** Lists of wanted options by which systems are known (DHCP option 55). */
const wantedLists: readonly (readonly [RegExp, KindName, string])[] = [
  [/^1,3,6,15,31,33,43,44,46,47,119,121,249,252$/, "workstation", "Windows"],
  [/^1,15,3,6,44,46,47,31,33,121,249,43(,252)?$/, "workstation", "Windows"],
  [/^1,3,6,15,26,28,51,58,59,43(,\d+){0,2}$/, "mobile-phone", "Android"],
  [/^1,121,3,6,15,(108,)?114,119,252,95,44,46$/, "workstation", "a Mac"],
  [/^1,121,3,6,15,(108,)?114,119,252$/, "mobile-phone", "an iPhone or iPad"],
];

/** Ports on which only one kind of machine answers. */
const ports: ReadonlyMap<number, readonly [KindName, string]> = new Map<number, readonly [KindName, string]>([
  [9100, ["printer", "where printers take documents"]],
  [515, ["printer", "where printers take documents"]],
  [631, ["printer", "where printers take documents"]],
  [554, ["camera", "where cameras give their pictures"]],
  [88, ["server", "where a domain controller lets people in"]],
  [389, ["server", "where directories are asked"]],
  [636, ["server", "where directories are asked"]],
  [1433, ["server", "where databases are asked"]],
  [3306, ["server", "where databases are asked"]],
  [5432, ["server", "where databases are asked"]],
  [2049, ["storage", "where files are kept"]],
  [548, ["storage", "where files are kept"]],
]);

/** What the services that it offers by multicast DNS say of a machine; null where they say nothing. */
export function clueOfServices(offered: readonly string[], model: string | null): KindClue | null {
  for (const type of Object.keys(services)) {
    const known = offered.includes(type) ? services[type] : undefined;
    if (known === undefined) continue;
    const make = model === null ? "" : `, and calls itself ${model}`;
    return {
      name: known[0],
      reason: `It offers ${known[1]} to its neighbours (${type})${make}.`,
      strength: strengths.service,
    };
  }
  if (model === null || !/^(i(Phone|Pad)|Mac)/.test(model)) return null;
  const name = model.startsWith("Mac") ? "workstation" : "mobile-phone";
  return { name, reason: `It calls itself ${model}.`, strength: strengths.said };
}

/** What a request for an address says of a machine. */
export function clueOfDhcp(vendorClass: string | null, wanted: string): KindClue | null {
  const said = vendorClass === null ? undefined : vendorClasses.find(([pattern]) => pattern.test(vendorClass));
  if (said !== undefined) {
    return {
      name: said[1],
      reason: `It calls itself ${vendorClass} when it asks for an address.`,
      strength: strengths.said,
    };
  }
  const list = wantedLists.find(([pattern]) => pattern.test(wanted));
  if (list === undefined) return null;
  return { name: list[1], reason: `It asks for an address as ${list[2]} does.`, strength: strengths.system };
}

/** What an answer on a port says of the machine that gives it. */
export function clueOfPort(port: number): KindClue | null {
  const known = ports.get(port);
  if (known === undefined) return null;
  return { name: known[0], reason: `It answers on port ${port}, ${known[1]}.`, strength: strengths.port };
}

export const routerClue: KindClue = {
  name: "router",
  reason: "It tells its neighbours by IPv6 that it is a router.",
  strength: strengths.said,
};
