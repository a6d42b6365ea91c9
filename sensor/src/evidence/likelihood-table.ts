import {
  ackSweep,
  addressScan,
  arpSweep,
  beacon,
  bruteForce,
  contactRows,
  deadServers,
  defences,
  envelopeVariety,
  generatedNames,
  handMade,
  mailFanOut,
  missingNames,
  mxLookups,
  networkSweep,
  oddFlags,
  outboundFlood,
  pingSweep,
  portScan,
  protocolScan,
  serviceSearch,
  spoofedSources,
  telnetRelay,
  thresholds,
  udpSpray,
  webSpray,
} from "./likelihoods.ts";

/** One behaviour as people read it: what is counted, what it weighs, and where the figure is from. */
export interface LikelihoodRow {
  readonly kind: string;
  readonly counted: string;
  /** Decimal logarithm of the likelihood ratio; of a defence what it sets off at most, negative. */
  readonly weight: readonly number[];
  readonly source: string;
}

const jung = "Jung, Paxson, Berger, Balakrishnan 2004: 0.8 against 0.2";
const measured = "benign and hostile captures, measured";

const seconds = (ms: number): string => (ms < 120_000 ? `${ms / 1000} s` : `${ms / 60_000} min`);

/**
 * The table of likelihoods as it is documented: the figures are those that judge, so that no text can
 * say another.
 */
export const likelihoodTable: readonly LikelihoodRow[] = [
  {
    kind: "address-scan",
    counted: "a miss on ports of worms (a stranger; another branch; a name that was looked up)",
    weight: [
      contactRows.propagationStranger.miss,
      contactRows.propagationBranch.miss,
      contactRows.propagationResolved.miss,
    ],
    source: `${jung}; branches: log-on of a roaming machine`,
  },
  {
    kind: "address-scan",
    counted: "an answer on them (a stranger; secure shell and the site's own), down to the floor",
    weight: [contactRows.propagationStranger.answer, contactRows.propagationListed.answer, addressScan.floor],
    source: `${jung}; of addresses drawn by chance one in a hundred answers on these ports`,
  },
  {
    kind: "address-scan",
    counted: `${addressScan.fanOut.suspect} or ${addressScan.fanOut.infected} strangers on one way of spreading in ${seconds(addressScan.fanOut.windowMs)}, answered or not`,
    weight: [thresholds.suspect, thresholds.infected],
    source: "lists of found remote desktops, SANS ISC 2019; busiest innocent host measured: none on these ports",
  },
  {
    kind: "failed-contacts",
    counted: "a miss on other ports, not looked up (surely; perhaps), at most",
    weight: [contactRows.otherUnresolved.miss, contactRows.otherUnknown.miss, addressScan.otherCap],
    source: `${measured}: up to 38 % silent in peer-to-peer`,
  },
  {
    kind: "network-sweep",
    counted: `${networkSweep.targets} addresses of one /24 in ${seconds(networkSweep.windowMs)}, at most a fifth answers; ${networkSweep.whole.targets}, at most ${networkSweep.whole.answeredShare * 100} % (strange network; own)`,
    weight: [networkSweep.strange, networkSweep.own],
    source: `${measured}: sweeps have 254 in 2 to 60 s`,
  },
  {
    kind: "arp-sweep",
    counted: `${arpSweep.wide.targets} addresses asked for in ${seconds(arpSweep.wide.windowMs)}; ${arpSweep.fast.targets} in ${seconds(arpSweep.fast.windowMs)}; ${arpSweep.calls.machines} of those called on ports of worms`,
    weight: [arpSweep.wide.weight, arpSweep.fast.weight, arpSweep.calls.weight],
    source: `${measured}: 1 to 5 in 10 s by people, 10 by a router, 255 in 1 s by a scan`,
  },
  {
    kind: "ping-sweep",
    counted: `${pingSweep.fast.targets} machines pinged in ${seconds(pingSweep.fast.windowMs)} (and the network itself); ${pingSweep.unanswered.targets} or ${pingSweep.many.targets} silent ones in ${seconds(pingSweep.windowMs)}`,
    weight: [
      pingSweep.fast.weight,
      pingSweep.fast.weight + pingSweep.wholeNetwork,
      pingSweep.unanswered.weight,
      pingSweep.many.weight,
    ],
    source: "Welchia, SANS ISC 2003: 139/s; monitoring programs as the innocent side",
  },
  {
    kind: "udp-spray",
    counted: `${udpSpray.peers} or ${udpSpray.many.peers} strangers in ${seconds(udpSpray.windowMs)}, at most 5 % answer; ${udpSpray.lineSpeed.peers} in ${seconds(udpSpray.lineSpeed.windowMs)}; ${udpSpray.slow.peers} in ${seconds(udpSpray.slow.windowMs)}, of whom somebody answers`,
    weight: [udpSpray.weight, udpSpray.many.weight, udpSpray.lineSpeed.weight, udpSpray.slow.weight],
    source: "Moore et al. 2003, Shannon and Moore 2004 (worms); peer-to-peer measured: 13 % and more answer",
  },
  {
    kind: "web-spray",
    counted: `${webSpray.targets} or ${webSpray.many.targets} nameless web servers in ${seconds(webSpray.windowMs)} that fail, at most ${webSpray.answeredShare * 100} % answer; ${webSpray.fast.targets} in ${seconds(webSpray.fast.windowMs)}; ${webSpray.busy.perSecond} a second and more, whose answers are not seen`,
    weight: [webSpray.weight, webSpray.many.weight, webSpray.fast.weight, webSpray.busy.weight],
    source: `Code Red, CERT/CC 2001: 14/s; ${measured}: 53 in a minute, all by name; 82 in 1 s, 95 % answer`,
  },
  {
    kind: "service-search",
    counted: `${serviceSearch.targets} or ${serviceSearch.many.targets} nameless strangers in ${seconds(serviceSearch.windowMs)} that fail, on ports called ${serviceSearch.perPort} times each, at most ${serviceSearch.answeredShare * 100} % answer; ${serviceSearch.fast.targets} on one port in ${seconds(serviceSearch.fast.windowMs)}`,
    weight: [serviceSearch.weight, serviceSearch.many.weight, serviceSearch.fast.weight],
    source:
      "bots of devices: Netlab 360 2016, 200/s, and what weak ones manage, 1/s; wallets and directories as the innocent side: 15, half of them answer",
  },
  {
    kind: "ack-sweep",
    counted: `resets from ${ackSweep.machines} machines that were never connected, from one port to one port in ${seconds(ackSweep.windowMs)}`,
    weight: [ackSweep.weight],
    source: "RFC 9293 3.10.7.1; nmap's manual (-PA); RFC 6056: systems draw a port for each connection",
  },
  {
    kind: "port-scan",
    counted: `${portScan.fast.ports} closed ports of one machine in ${seconds(portScan.fast.windowMs)}, ${portScan.slow.ports} in ${seconds(portScan.slow.windowMs)}; ${portScan.many.ports} in all`,
    weight: [portScan.few, portScan.many.weight],
    source: `${measured}: scans have ten in 0.1 s, a mail wizard seven, discovery 25 in minutes`,
  },
  {
    kind: "protocol-scan",
    counted: `${protocolScan.protocols} protocols of one machine that offices do not have, in ${seconds(protocolScan.windowMs)}`,
    weight: [protocolScan.weight],
    source: "IANA's protocol numbers: a scan goes through all 256, a tunnel has one",
  },
  {
    kind: "odd-flags",
    counted: `${oddFlags.targets} ports sent flags that no stack sends, or ${oddFlags.sets} sets of such flags`,
    weight: [oddFlags.weight],
    source: `RFC 9293 3.10.7; ${measured}: none in benign ones`,
  },
  {
    kind: "hand-made-packets",
    counted: `${handMade.selfAddressed} SYNs numbered by their target; ${handMade.repeatedSequence} repeats of one number, mostly unanswered`,
    weight: [handMade.weight],
    source: "Netlab 360 2016 (bots of telnet); RFC 6528: 32 random bits",
  },
  {
    kind: "outbound-flood",
    counted: `more to one machine for ${seconds(outboundFlood.leastMs)} than the selection leaves to others: answered or a burst; unanswered`,
    weight: [outboundFlood.answered, outboundFlood.unanswered],
    source: "Blaster, Symantec 2003: 50 SYNs a second; a load test measured: 741 in 6 s, all answered",
  },
  {
    kind: "spoofed-sources",
    counted: `${spoofedSources.addresses} sources that are none of the site's in ${seconds(spoofedSources.windowMs)}`,
    weight: [spoofedSources.weight],
    source: `${measured}: a leaking hub shows two`,
  },
  {
    kind: "brute-force",
    counted: `connections to a port of passwords in ${seconds(bruteForce.windowMs)}: ${bruteForce.oneTarget.attempts} to one; ${bruteForce.relentless.attempts}; ${bruteForce.manyTargets.attempts} each to ${bruteForce.manyTargets.targets}; ${bruteForce.attended.attempts} to a terminal or screen in ${seconds(bruteForce.attended.windowMs)}; ${bruteForce.manyShares.attempts} each to shared files of ${bruteForce.manyShares.targets}`,
    weight: [
      bruteForce.oneTarget.weight,
      bruteForce.relentless.weight,
      bruteForce.manyTargets.weight,
      bruteForce.attended.weight,
      bruteForce.manyShares.weight,
    ],
    source: "Hansteen 2008, 2012; a captured guess every 2 s",
  },
  {
    kind: "telnet-relay",
    counted: "a machine that can be logged in to by telnet calls a nameless stranger by telnet",
    weight: [telnetRelay.weight],
    source: `${measured}: a bot of telnet reports ten seconds after it was loaded`,
  },
  {
    kind: "beacon",
    counted: `${beacon.unnamed.rounds + 2} calls at one interval to a nameless stranger on an odd port; ${beacon.named.rounds + 2} to anybody; ${beacon.round.targets} targets called like that at most`,
    weight: [beacon.unnamed.weight, beacon.named.weight, beacon.round.weight],
    source: `${measured}: 10.00 s by a remote control, 39 rounds of 2.06 s by an innocent device`,
  },
  {
    kind: "dead-servers",
    counted: `${deadServers.servers} nameless servers that never answer, called ${deadServers.attempts} times each within ${seconds(deadServers.windowMs)}, where hardly any other does`,
    weight: [deadServers.weight],
    source: `${measured}: a master that was gone, called every 21 s; wallets and directories as the innocent side`,
  },
  {
    kind: "generated-names",
    counted: `${generatedNames.few.domains}, ${generatedNames.many.domains} or ${generatedNames.storm.domains} domains that do not exist in ${seconds(generatedNames.windowMs)}; ${generatedNames.madeUp.domains} that look drawn by chance, and ${generatedNames.madeUp.share * 100} % of all`,
    weight: [
      generatedNames.few.weight,
      generatedNames.many.weight,
      generatedNames.storm.weight,
      generatedNames.madeUp.weight,
    ],
    source: `${measured}: innocents 4 forward, a bot 55 in 80 s; of 150,000 names that people gave to packages of software 3 % look drawn by chance`,
  },
  {
    kind: "missing-names",
    counted: `${missingNames.names} names right below one domain that has none in ${seconds(missingNames.windowMs)}`,
    weight: [missingNames.weight],
    source: `${measured}: innocents none; a flood one a second`,
  },
  {
    kind: "mail-fan-out",
    counted: `${mailFanOut.burst.operators} providers of mail in ${seconds(mailFanOut.burst.windowMs)}, ${mailFanOut.slow.operators} in ${seconds(mailFanOut.slow.windowMs)}; the same by ports that ask for a password. Whose mail it fetches does not count`,
    weight: [mailFanOut.decided, mailFanOut.accounts.weight],
    source: "a captured spambot: 4 in 0.1 s; people's programs have 1 to 3 servers",
  },
  {
    kind: "mail-addresses",
    counted: `${mailFanOut.addresses.count} mail servers of fewer providers, but not of a single one that was looked up`,
    weight: [mailFanOut.addresses.weight],
    source: "printers and account wizards as the innocent side",
  },
  {
    kind: "mx-lookups",
    counted: `mail servers of ${mxLookups.few.domains} or ${mxLookups.many.domains} domains asked for in ${seconds(mxLookups.windowMs)}`,
    weight: [mxLookups.few.weight, mxLookups.many.weight],
    source: "Sobig.F, MyDoom: vendors' descriptions; people's programs ask for none",
  },
  {
    kind: "envelope-variety",
    counted: `${envelopeVariety.greetings.count} names in greetings; ${envelopeVariety.senders.count} senders' domains`,
    weight: [envelopeVariety.greetings.weight, envelopeVariety.senders.weight],
    source: "Marshal TRACElabs 2009 (spambots' templates)",
  },
  {
    kind: "retry-storm",
    counted: `${defences.retryStorm.attempts} unanswered tries at one target; ${defences.retryStorm.answered.calls} answered ones in ${seconds(defences.retryStorm.answered.withinMs)}, and fewer where others of the site do so`,
    weight: [-defences.retryStorm.strength, 0],
    source: "an incident of 2002: nine stations, three targets, hundreds of tries",
  },
  {
    kind: "common-destination",
    counted: `${defences.commonDestination.users} machines of the site call what one calls evenly`,
    weight: [-defences.commonDestination.strength],
    source: "monitoring and inventory as the innocent side; RITA lowers what half a site uses",
  },
  {
    kind: "answered-contacts",
    counted: `${defences.answered.contacts} first contacts, ${defences.answered.share * 100} % answered`,
    weight: [-defences.answered.strength],
    source: `${measured}: browsing 0 % fail`,
  },
  {
    kind: "peer-to-peer",
    counted: `${defences.peerToPeer.targets} strangers on ${defences.peerToPeer.ports} high ports, ${defences.peerToPeer.share * 100} % answered`,
    weight: [-defences.peerToPeer.strength],
    source: `${measured}: the worst innocent one 13 %`,
  },
  {
    kind: "constant-envelope",
    counted: `${defences.constantEnvelope.servers} servers greeted by one full name`,
    weight: [-defences.constantEnvelope.strength],
    source: "newsletters and relays as the innocent side",
  },
];

/** The rows as a table of Markdown. */
export function likelihoodMarkdown(): string {
  const rows = likelihoodTable.map(
    ({ kind, counted, weight, source }) => `| \`${kind}\` | ${counted} | ${weight.join(", ")} | ${source} |`,
  );
  return [
    "| line of the ledger | what is counted | weight | where it is from |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
