import type { HostFacts, HostJob, SiteFacts } from "./lab.ts";
import { drawCode, drawMachineName } from "./names.ts";
import { pick, seededRandom, shuffled, wholeBetween, type Random } from "./random.ts";
import { drawWorld, type World } from "./world.ts";

/** How a host's kernel repeats what is not answered (RFC 9293 leaves it open). */
export type Stack = "windows" | "linux";

export interface SiteHost extends HostFacts {
  readonly stack: Stack;
}

/** Everything drawn for one lab: the office and the world around it. Pure: the same seed, the same site. */
export interface Site {
  readonly facts: SiteFacts;
  readonly hosts: readonly SiteHost[];
  readonly world: World;
  /** The router's side towards the provider. */
  readonly wan: {
    readonly prefix: number;
    readonly routerMac: string;
    readonly providerMac: string;
    readonly providerAddress: string;
  };
  /** Prefix length of the office's network. */
  readonly localPrefix: number;
}

/** Hardware prefixes as such vendors carry; the rest of an address is drawn. */
const prefixesByJob: Readonly<Record<HostJob, readonly string[]>> = {
  workstation: ["00:14:22", "3c:d9:2b", "54:e1:ad", "d8:cb:8a", "f4:8e:38", "a4:bb:6d", "00:1b:21"],
  "mass-mailer": ["00:14:22", "3c:d9:2b", "54:e1:ad", "d8:cb:8a", "f4:8e:38", "a4:bb:6d", "00:1b:21"],
  worm: ["00:14:22", "3c:d9:2b", "54:e1:ad", "d8:cb:8a", "f4:8e:38", "a4:bb:6d", "00:1b:21"],
  printer: ["00:80:77", "00:1b:a9", "00:00:48", "64:eb:8c"],
  "mail-server": ["00:25:90", "00:15:17", "3c:d9:2b"],
};
const routerPrefixes = ["c8:0e:14", "98:9b:cb", "74:4d:28", "e0:28:6d"];
const providerPrefixes = ["00:90:1a", "00:30:88", "a0:f3:e4"];
const sensorPrefixes = ["d8:3a:dd", "b8:27:eb", "dc:a6:32", "e4:5f:01"];

/** The three networks of RFC 5737: the provider's access network is one, its servers live in the others. */
const documentationNets = ["192.0.2", "198.51.100", "203.0.113"] as const;

function drawMac(random: Random, prefixes: readonly string[], used: Set<string>): string {
  for (;;) {
    const rest = Array.from({ length: 3 }, () => wholeBetween(random, [0, 255]).toString(16).padStart(2, "0"));
    const mac = [pick(random, prefixes), ...rest].join(":");
    if (!used.has(mac)) {
      used.add(mac);
      return mac;
    }
  }
}

function drawHostName(random: Random, job: HostJob): string {
  if (job === "printer") return pick(random, [`BRN${drawCode(random, 6)}`, `NPI${drawCode(random, 6)}`, "copier"]);
  if (job === "mail-server") return pick(random, ["mail", "mx", "post", "srv-mail", "exchange"]);
  return drawMachineName(random);
}

/** Draws a whole site. */
export function drawSite(seed: number): Site {
  const random = seededRandom(seed);
  const office = random.fork("office");
  const macs = new Set<string>();
  const net =
    office.next() < 0.6
      ? `192.168.${wholeBetween(office, [2, 250])}`
      : `172.${wholeBetween(office, [16, 31])}.${wholeBetween(office, [1, 250])}`;
  const gatewayLast = pick(office, [1, 254, 1, 2]);
  const lasts = shuffled(
    office,
    Array.from({ length: 220 }, (_, index) => index + 20),
  );
  const address = (): string => `${net}.${lasts.pop()}`;

  const jobs: readonly HostJob[] = shuffled(office, [
    ...Array.from({ length: wholeBetween(office, [5, 7]) }, (): HostJob => "workstation"),
    "printer",
    "mail-server",
    "mass-mailer",
    "worm",
  ]);
  const names = new Set<string>(["provider", "router", "sensor", "switch"]);
  const hosts = jobs.map((job): SiteHost => {
    let name = drawHostName(office, job);
    while (names.has(name)) name = `${drawHostName(office, job)}-${wholeBetween(office, [2, 9])}`;
    names.add(name);
    const stack: Stack = job === "printer" || job === "mail-server" || office.next() < 0.25 ? "linux" : "windows";
    return { name, mac: drawMac(office, prefixesByJob[job], macs), address: address(), job, stack };
  });

  const nets = shuffled(random.fork("nets"), documentationNets);
  const [access, ...serverNets] = nets as [string, ...string[]];
  const providerLast = pick(office, [1, 254]);
  const publicAddress = `${access}.${wholeBetween(office, [10, 240])}`;
  const world = drawWorld(random.fork("world"), serverNets, publicAddress);

  return {
    facts: {
      seed,
      hosts: hosts.map(({ name, mac, address: own, job }) => ({ name, mac, address: own, job })),
      localNets: [`${net}.0/24`],
      gateway: { mac: drawMac(office, routerPrefixes, macs), address: `${net}.${gatewayLast}` },
      publicAddress,
      sensor: { mac: drawMac(office, sensorPrefixes, macs), address: address() },
      ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
      controllerAddress: world.relayAddress,
      controllerPort: 8883,
      mail: { domain: world.office.domain, serverName: world.office.serverName },
    },
    hosts,
    world,
    wan: {
      prefix: 24,
      routerMac: drawMac(office, routerPrefixes, macs),
      providerMac: drawMac(random.fork("concentrator"), providerPrefixes, macs),
      providerAddress: `${access}.${providerLast}`,
    },
    localPrefix: 24,
  };
}
