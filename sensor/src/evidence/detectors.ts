import { AddressScan } from "./address-scan.ts";
import { AnsweredContacts } from "./answered-contacts.ts";
import { ArpSweep } from "./arp-sweep.ts";
import { BehindRouter } from "./behind-router.ts";
import { ConstantEnvelope } from "./constant-envelope.ts";
import type { Detector, Subject, Surroundings } from "./detector.ts";
import { EnvelopeVariety } from "./envelope-variety.ts";
import { FailedContacts } from "./failed-contacts.ts";
import { MailFanOut } from "./mail-fan-out.ts";
import { MxLookups } from "./mx-lookups.ts";
import { NetworkSweep } from "./network-sweep.ts";
import { NeutralOutcomes } from "./neutral-outcomes.ts";
import { PeerToPeer } from "./peer-to-peer.ts";
import { RetryStorm } from "./retry-storm.ts";

/** Everything that looks at one host, for and against it. */
export interface Detectors {
  readonly addressScan: AddressScan;
  readonly failedContacts: FailedContacts;
  readonly networkSweep: NetworkSweep;
  readonly mailFanOut: MailFanOut;
  readonly mxLookups: MxLookups;
  readonly all: readonly Detector[];
}

/** @param salt of the judge, for what is kept as hashes only */
export function newDetectors(surroundings: Surroundings, salt: number): Detectors {
  const addressScan = new AddressScan();
  const failedContacts = new FailedContacts(surroundings);
  const networkSweep = new NetworkSweep();
  const mailFanOut = new MailFanOut();
  const mxLookups = new MxLookups();
  return {
    addressScan,
    failedContacts,
    networkSweep,
    mailFanOut,
    mxLookups,
    all: [
      addressScan,
      networkSweep,
      new ArpSweep(),
      mailFanOut,
      mxLookups,
      new EnvelopeVariety(salt),
      failedContacts,
      new ConstantEnvelope(salt),
      new RetryStorm(),
      new PeerToPeer(),
      new AnsweredContacts(),
      new NeutralOutcomes(surroundings),
      new BehindRouter(surroundings),
    ],
  };
}

/** What a line of a stored ledger is about. */
export function subjectOfKind(kind: string): Subject {
  if (kind === "address-scan" || kind === "quarantine-moved" || kind.endsWith("-sweep")) return "propagation";
  const isMail =
    kind.startsWith("mail-") || kind === "mx-lookups" || kind.endsWith("-envelope") || kind === "envelope-variety";
  return isMail ? "mail" : "contacts";
}
