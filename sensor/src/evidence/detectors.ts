import type { Duty } from "@cordon/contract";
import { AckSweep } from "./ack-sweep.ts";
import { AddressScan } from "./address-scan.ts";
import { AnsweredContacts } from "./answered-contacts.ts";
import { ArpSweep } from "./arp-sweep.ts";
import { Beacon } from "./beacon.ts";
import { BehindRouter } from "./behind-router.ts";
import { BruteForce } from "./brute-force.ts";
import { CommonDestination } from "./common-destination.ts";
import { ConstantEnvelope } from "./constant-envelope.ts";
import { DeadServers } from "./dead-servers.ts";
import { DeclaredDuty } from "./declared-duty.ts";
import type { Detector, Subject, Surroundings } from "./detector.ts";
import { EnvelopeVariety } from "./envelope-variety.ts";
import { FailedContacts } from "./failed-contacts.ts";
import { GeneratedNames } from "./generated-names.ts";
import { HandMade } from "./hand-made.ts";
import { MailFanOut } from "./mail-fan-out.ts";
import { MissingNames } from "./missing-names.ts";
import { MxLookups } from "./mx-lookups.ts";
import { NetworkSweep } from "./network-sweep.ts";
import { NeutralOutcomes } from "./neutral-outcomes.ts";
import { OutboundFlood } from "./outbound-flood.ts";
import { OddFlags } from "./odd-flags.ts";
import { PeerToPeer } from "./peer-to-peer.ts";
import { PingSweep } from "./ping-sweep.ts";
import { PortScan } from "./port-scan.ts";
import { ProtocolScan } from "./protocol-scan.ts";
import { RetryStorm } from "./retry-storm.ts";
import { ServiceSearch } from "./service-search.ts";
import { SpoofedSources } from "./spoofed-sources.ts";
import { TelnetRelay } from "./telnet-relay.ts";
import { UdpSpray } from "./udp-spray.ts";
import { WebSpray } from "./web-spray.ts";

/** Everything that looks at one host, for and against it. */
export interface Detectors {
  readonly addressScan: AddressScan;
  readonly failedContacts: FailedContacts;
  readonly networkSweep: NetworkSweep;
  readonly mailFanOut: MailFanOut;
  readonly mxLookups: MxLookups;
  readonly constantEnvelope: ConstantEnvelope;
  /** Null where nobody declared any. */
  readonly declaredDuty: DeclaredDuty | null;
  readonly all: readonly Detector[];
}

/**
 * @param salt of the judge, for what is kept as hashes only
 * @param duty that a person declared of the host
 */
export function newDetectors(surroundings: Surroundings, salt: number, duty: Duty | null): Detectors {
  const addressScan = new AddressScan();
  const deadServers = new DeadServers(surroundings);
  const failedContacts = new FailedContacts(surroundings, deadServers);
  const networkSweep = new NetworkSweep();
  const mailFanOut = new MailFanOut();
  const mxLookups = new MxLookups();
  const constantEnvelope = new ConstantEnvelope(salt);
  const beacon = new Beacon();
  const declaredDuty = duty === null || duty === "mail" ? null : new DeclaredDuty(duty);
  return {
    addressScan,
    failedContacts,
    networkSweep,
    mailFanOut,
    mxLookups,
    constantEnvelope,
    declaredDuty,
    all: [
      addressScan,
      networkSweep,
      new ArpSweep(),
      new PingSweep(),
      new UdpSpray(surroundings),
      new WebSpray(surroundings),
      new ServiceSearch(surroundings),
      new PortScan(),
      new AckSweep(surroundings),
      new ProtocolScan(),
      new OddFlags(),
      new HandMade(),
      new OutboundFlood(surroundings),
      new SpoofedSources(),
      new BruteForce(),
      new TelnetRelay(surroundings),
      beacon,
      new CommonDestination(surroundings, beacon),
      deadServers,
      new GeneratedNames(),
      new MissingNames(),
      mailFanOut,
      mxLookups,
      new EnvelopeVariety(salt),
      failedContacts,
      constantEnvelope,
      new RetryStorm(surroundings),
      new PeerToPeer(),
      new AnsweredContacts(),
      new NeutralOutcomes(surroundings),
      new BehindRouter(surroundings),
      ...(declaredDuty === null ? [] : [declaredDuty]),
    ],
  };
}

/** Kinds that no success and no retry explains, beside the sweeps. */
const ofPropagation: ReadonlySet<string> = new Set([
  "address-scan",
  "quarantine-moved",
  "port-scan",
  "odd-flags",
  "hand-made-packets",
  "protocol-scan",
  "udp-spray",
  "web-spray",
  "service-search",
  "telnet-relay",
  "spoofed-sources",
  "brute-force",
  "outbound-flood",
]);

/** What a line of a stored ledger is about. */
export function subjectOfKind(kind: string): Subject {
  if (kind.endsWith("-sweep") || ofPropagation.has(kind)) return "propagation";
  if (kind === "generated-names" || kind === "missing-names") return "names";
  if (kind === "beacon" || kind === "dead-servers") return "rhythm";
  const isMail =
    kind.startsWith("mail-") || kind === "mx-lookups" || kind.endsWith("-envelope") || kind === "envelope-variety";
  return isMail ? "mail" : "contacts";
}
