import { remedyPorts } from "@cordon/contract";
import { unlessDirect } from "./direct-nft.ts";

/**
 * What a quarantined machine keeps on purpose, as nft text: names from the site's resolvers, and
 * remedies. Every rule here comes behind a look-up that found a quarantined machine, so that all others pass as if
 * there were none of it.
 *
 * A way that is kept goes both ways and to what every other machine's packets have to pass next: vector blocks and
 * limits hold for remedies too.
 */

/** The sets whose elements are the ways that are kept. All but the resolvers and the site's addresses end by themselves. */
export const remedySets = {
  /** Addresses that may be asked for names. */
  resolvers: { 4: "resolvers_4", 6: "resolvers_6" },
  /** `MAC . address . port`: what a name that one machine asked for was answered with. */
  remedies: { 4: "remedy_4", 6: "remedy_6" },
  /** `address . port` for every quarantined machine. */
  remediesOfAll: { 4: "remedy_all_4", 6: "remedy_all_6" },
  /** `MAC . address`: what a probe was answered with; the page is for its port 80. */
  portals: { 4: "portal_4", 6: "portal_6" },
} as const;

/**
 * Where the box routes: its own address towards the machines, at which they reach name service and page, and addresses that
 * its own name service has given for names of remedies, for all machines.
 */
export const gatewayRemedySets = {
  box: "box_4",
  named: { 4: "named_4", 6: "named_6" },
} as const;

/** For so long after its name was last asked for as new, an address of {@link gatewayRemedySets} `named` stays open. */
const namedTimeout = "1d";

/** The TCP port of the page on the box. */
export const portalPort = 80;

/**
 * What a gateway's page says goes out through its bridge, past the rules that copy what comes back from the Internet. With
 * this mark they leave it alone: it is no answer of the machine in whose name it comes.
 */
const pageMark = "0x70616765";

/** Sets into which the kernel counts what went to remedies, by `MAC . address`. */
export const remedyCounts = { 4: "remedied_4", 6: "remedied_6" } as const;

/** Questions, and answers, of one machine: in a burst, then a second. What it could smuggle by names is bounded by it. */
export const nameRate = { perSecond: 2, burst: 50 } as const;

/**
 * A question behind the IP header, which says what is carried on, whatever UDP says of itself; 192 bytes of DNS hold every
 * name that people use, with EDNS.
 */
const maxQuestionBytes = 200;

/**
 * For so long after an answer a machine's SYNs that no element allows are dropped and not refused: the answer may
 * be about to open a remedy, and then the SYN's repetition a second later gets through.
 */
const awaitingSeconds = 2;

const maxElements = 65_536;
// Each machine has a few dozen at most; the executor sees to it.
const maxRemedies = 65_536;

const families = [
  { header: "ip", version: 4, type: "ipv4_addr" },
  { header: "ip6", version: 6, type: "ipv6_addr" },
] as const;
type Family = (typeof families)[number];

function chain(name: string, rules: readonly string[]): string[] {
  return [`chain ${name} {`, ...rules.map((rule) => `\t${rule}`), "}"];
}

function each(rule: (family: Family) => string): string[] {
  return families.map(rule);
}

const namedPorts = `tcp dport { ${remedyPorts.join(", ")} }`;

/** Conditions: a question for a name to whom a machine may ask. */
function questions(isGateway: boolean): string[] {
  const short = {
    4: `udp dport 53 ip length <= ${maxQuestionBytes + 20}`,
    6: `udp dport 53 ip6 length <= ${maxQuestionBytes}`,
  };
  return [
    ...each(({ header, version }) => `${short[version]} ${header} daddr @${remedySets.resolvers[version]}`),
    ...(isGateway ? [`${short[4]} ip daddr @${gatewayRemedySets.box}`] : []),
  ];
}

const syn = "tcp flags & (syn | ack) == syn";

/** Rules by which TCP of a quarantined machine to its remedies goes on to `next`. */
function remediesOut(next: string, isGateway: boolean): string[] {
  const named = isGateway
    ? each(({ header, version }) => `${namedPorts} ${header} daddr @${gatewayRemedySets.named[version]} ${next}`)
    : [];
  return each(
    ({ header, version }) => `ether saddr . ${header} daddr . tcp dport @${remedySets.remedies[version]} ${next}`,
  ).concat(
    each(({ header, version }) => `${header} daddr . tcp dport @${remedySets.remediesOfAll[version]} ${next}`),
    named,
  );
}

/** Conditions: a machine's packet is meant for the page. */
function toPage(isGateway: boolean): string[] {
  return [
    ...each(({ header, version }) => `tcp dport 80 ether saddr . ${header} daddr @${remedySets.portals[version]}`),
    ...(isGateway ? [`tcp dport ${portalPort} ip daddr @${gatewayRemedySets.box}`] : []),
  ];
}

/** Rule of a gateway: what the page says is copied for nobody. */
export const pageUncopied = `meta mark ${pageMark} accept`;

/** Names of the sets, of quarantined machines and of chains that this part goes to. */
export interface RemedyOptions {
  readonly from: string;
  /** Where a quarantined machine's packet ends that nothing here lets go. */
  readonly end: string;
  /** Where packets of machines go on that are not quarantined, by whether they are TCP. */
  readonly nextTcp: string;
  readonly nextOther: string;
  /** The chain that copies what the page is an answer to. */
  readonly portalCopies: string;
  /** Whether the box routes for the machines: then it also is their name server, and has the page. */
  readonly isGateway: boolean;
  /** Rules of lifelines that come first for what is not TCP. */
  readonly lifelines: readonly string[];
}

/** Sets and chains. `quarantined_tcp` and `quarantined_other` take packets from and to quarantined machines. */
export function remedyParts(options: RemedyOptions): readonly string[] {
  const { from, end, nextTcp, nextOther, portalCopies, isGateway, lifelines } = options;
  const counted = ({ header, version }: Family) =>
    `update @${remedyCounts[version]} { ether saddr . ${header} daddr counter }`;
  return [
    ...families.flatMap(({ version, type }) => [
      ...set(remedySets.resolvers[version], type, 64),
      ...set(remedySets.remedies[version], `ether_addr . ${type} . inet_service`, maxRemedies, "timeout"),
      ...set(remedySets.remediesOfAll[version], `${type} . inet_service`, 1024),
      ...set(remedySets.portals[version], `ether_addr . ${type}`, maxRemedies, "timeout"),
      ...set(remedyCounts[version], `ether_addr . ${type}`, maxRemedies, "dynamic,timeout", "1d"),
    ]),
    ...(isGateway
      ? [
          ...set(gatewayRemedySets.box, "ipv4_addr", 1),
          ...families.flatMap(({ version, type }) =>
            set(gatewayRemedySets.named[version], type, maxRemedies, "timeout", namedTimeout),
          ),
        ]
      : []),
    // As many as may be quarantined, and nobody else is in them: none is without a limit.
    ...set("names_asked", "ether_addr", maxElements, "dynamic,timeout", "5m"),
    ...set("names_answered", "ether_addr", maxElements, "dynamic,timeout", "5m"),
    ...set("awaiting", "ether_addr", maxElements, "dynamic,timeout", `${awaitingSeconds}s`),
    ...families.flatMap(({ version, type }) => [
      ...set(`candidates_${version}`, `ether_addr . ${type}`, maxRemedies, "dynamic,timeout", "10s"),
      ...set(`candidates_new_${version}`, `ether_addr . ${type}`, maxRemedies, "dynamic,timeout", "700ms"),
    ]),
    // What is counted is no verdict: a full set ends its own line only.
    ...chain("remedied", [...each(counted), `goto ${nextTcp}`]),
    ...chain("quarantined_tcp", [
      `ether saddr != @${from} goto answered_tcp`,
      ...unlessDirect("tcp", end),
      ...remediesOut("goto remedied", isGateway),
      ...toPage(isGateway).map((condition) => `${condition} jump ${portalCopies}`),
      `goto ${end}`,
    ]),
    ...chain("answered_tcp", [
      // Whoever serves a remedy answers, and begins nothing.
      `${syn} goto ${end}`,
      ...each(
        ({ header, version }) =>
          `ether daddr . ${header} saddr . tcp sport @${remedySets.remedies[version]} goto ${nextTcp}`,
      ),
      ...each(
        ({ header, version }) => `${header} saddr . tcp sport @${remedySets.remediesOfAll[version]} goto ${nextTcp}`,
      ),
      ...(isGateway
        ? [
            ...each(
              ({ header, version }) =>
                `tcp sport { ${remedyPorts.join(", ")} } ${header} saddr @${gatewayRemedySets.named[version]} goto ${nextTcp}`,
            ),
            ...[
              `ether daddr . ip saddr @${remedySets.portals[4]}`,
              `ether daddr . ip6 saddr @${remedySets.portals[6]}`,
              `ip saddr @${gatewayRemedySets.box}`,
            ].map((far) => `tcp sport ${portalPort} ${far} meta mark set ${pageMark} goto ${nextTcp}`),
          ]
        : []),
      `goto ${end}`,
    ]),
    ...chain("quarantined_other", [
      ...lifelines,
      `ether saddr != @${from} goto answered_other`,
      ...unlessDirect("udp", end),
      ...questions(isGateway).map((question) => `${question} goto name_asked`),
      `goto ${end}`,
    ]),
    ...chain("answered_other", [
      ...each(
        ({ header, version }) => `udp sport 53 ${header} saddr @${remedySets.resolvers[version]} goto name_answered`,
      ),
      ...(isGateway ? [`udp sport 53 ip saddr @${gatewayRemedySets.box} goto name_answered`] : []),
      `goto ${end}`,
    ]),
    ...chain("name_asked", [`update @names_asked { ether saddr ${over} } goto ${end}`, `goto ${nextOther}`]),
    ...chain("name_answered", [
      `update @names_answered { ether daddr ${over} } goto ${end}`,
      // An answer (the first bit of the flags) that holds records (RFC 1035 4.1.1).
      "@th,80,1 1 @th,112,16 != 0 update @awaiting { ether daddr }",
      `goto ${nextOther}`,
    ]),
  ];
}

/**
 * Rules that keep resets away from what is not to be refused at once: remedies, which go on to `next`; what the page
 * answers; the first SYNs to what an answer may be about to allow. The two last are accepted here and dropped in `enforce`.
 */
export function remediesBeforeReset(next: string, isGateway: boolean): readonly string[] {
  return [
    ...remediesOut(`goto ${next}`, isGateway),
    ...toPage(isGateway).map((condition) => `${condition} accept`),
    // Once for each target: who asks for names all the time is refused all the same, when the kernel repeats itself after
    // a second. A browser's second connection is as new as its first.
    ...each(({ header, version }) => {
      const key = `ether saddr . ${header} daddr`;
      const [known, fresh] = [`candidates_${version}`, `candidates_new_${version}`];
      return `${syn} ether saddr @awaiting ${key} != @${known} add @${known} { ${key} } add @${fresh} { ${key} } accept`;
    }),
    ...each(({ header, version }) => `${syn} ether saddr . ${header} daddr @candidates_new_${version} accept`),
  ];
}

/** What the last door knows of it: the same ways, without the limits on them, on to `next`. */
export function remediesAtLastDoor(next: string, isGateway: boolean): readonly string[] {
  return [...questions(isGateway).map((question) => `${question} ${next}`), ...remediesOut(next, isGateway)];
}

const over = `limit rate over ${nameRate.perSecond}/second burst ${nameRate.burst} packets`;

function set(name: string, type: string, size: number, flags?: string, timeout?: string): string[] {
  return [
    `set ${name} {`,
    `\ttype ${type}`,
    `\tsize ${size}`,
    ...(flags === undefined ? [] : [`\tflags ${flags}`]),
    ...(timeout === undefined ? [] : [`\ttimeout ${timeout}`]),
    "}",
  ];
}
