import type { Evidence, HostSnapshot, Vector, Verdict } from "@cordon/contract";
import { verdicts } from "@cordon/contract";
import type { PortClass } from "../connection/port-class.ts";
import type { Finding, NameAnswer, NameQuestion, Surroundings } from "../evidence/detector.ts";
import { DetectorPanel } from "../evidence/detector-panel.ts";
import type { DetectorPlans } from "../evidence/detector-plan.ts";
import { newDetectors, subjectOfKind, type Detectors } from "../evidence/detectors.ts";
import { decisionLifeMs, thresholds } from "../evidence/likelihoods.ts";
import { mailServerRole, mailServerRoleKind } from "../evidence/mail-server-role.ts";
import type { Host } from "../host/host.ts";
import { identityOf, identitySignature, toldRole } from "../host/identity.ts";
import { formatAddress, formatMac } from "../packet/address.ts";
import { ledgerOf, scoreOf, scoreOfFindings } from "./ledger.ts";
import { withinOwnNetworkCap } from "./own-network.ts";
import { toldOnce } from "./same-calls.ts";
import { classOf, riskOf, vectorOf, verdictOf } from "./verdict.ts";

/** Lines from before a crash that decided nothing are worth this long; what decided stands for a day. */
const undecidedLifeMs = 3_600_000;

/** Beside the packets. */
const successionKind = "quarantine-moved";

/** What the contract lets a snapshot carry. */
const linesCarried = 64;
const addressesCarried = 32;

/** One host before the judge: its detectors, and the verdict that follows from them. */
export class HostCase {
  readonly host: Host;
  /** Whoever learns something of the host tells it here. */
  readonly panel: DetectorPanel;
  readonly #detectors: Detectors;
  /** Findings from before a crash. */
  #restored: readonly Finding[] = [];
  #restoredVector: Vector | null = null;
  /** Told from beside the packets: whose place it took. */
  #succession: Finding | null = null;
  #findings: readonly Finding[] = [];
  #verdict: Verdict = "clear";
  #suspectAt: number | null = null;
  #infectedAt: number | null = null;
  #contactsBeforeSuspect: number | null = null;

  /** @param changed is called when there is something to weigh */
  constructor(host: Host, surroundings: Surroundings, salt: number, plans: DetectorPlans, changed: () => void) {
    this.host = host;
    this.#detectors = newDetectors(surroundings, salt, host.duty);
    const { all, declaredDuty } = this.#detectors;
    this.panel = new DetectorPanel(all, plans.of(all, declaredDuty !== null), changed, declaredDuty);
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Suspect or worse. */
  get isAccused(): boolean {
    return verdicts.indexOf(this.#verdict) >= verdicts.indexOf("suspect");
  }

  named(answer: NameAnswer): void {
    // A resolver asks for others: its answers are theirs.
    if (this.host.role.name !== "resolver") this.panel.named(answer);
  }

  question(question: NameQuestion): void {
    // A resolver asks for others: its questions are theirs.
    if (this.host.role.name !== "resolver") this.panel.question(question);
  }

  /** It took the place of a machine that is cut off; the stronger reason stands. True where that is news. */
  succeeded({ strength, text }: { readonly strength: number; readonly text: string }, at: number): boolean {
    const before = this.#succession;
    if (before !== null && before.strength >= strength) return false;
    this.#succession = {
      ...{
        kind: successionKind,
        for: true,
        subject: "propagation",
        strength,
        count: 1,
        firstAt: before?.firstAt ?? at,
      },
      ...{ lastAt: at, text: () => text },
    };
    return true;
  }

  /** Takes the place of a case about the same host: whose place that took, this one has taken. */
  follow(before: HostCase): void {
    this.#succession = before.#succession;
  }

  /** Weighs what changed. */
  weigh(at: number): void {
    this.#conclude(this.panel.findings(at), at);
  }

  /** Weighs everything anew; whatever it found stands until the next time. */
  weighAnew(at: number): void {
    this.#conclude(this.panel.findingsAnew(at), at);
  }

  #conclude(found: readonly Finding[], at: number): void {
    const findings = found.filter((finding) => this.#isItsOwn(finding));
    if (this.#succession !== null && at - this.#succession.lastAt >= decisionLifeMs) this.#succession = null;
    if (this.#succession !== null) findings.push(this.#succession);
    this.#restored = this.#restored.filter((finding) => at - finding.lastAt < lifeOf(finding));
    for (const old of this.#restored) {
      const index = findings.findIndex((finding) => finding.kind === old.kind);
      if (index === -1) findings.push(old);
      else if ((findings[index]?.strength ?? 0) < old.strength) findings[index] = old;
    }
    const defence = mailServerRole(this.host, findings, this.#detectors.constantEnvelope);
    if (defence !== null) findings.push(defence);
    this.#findings = withinOwnNetworkCap(toldOnce(findings));
    this.#verdict = verdictOf(scoreOfFindings(this.#findings));
    if (this.isAccused && this.#suspectAt === null) {
      this.#suspectAt = at;
      this.#contactsBeforeSuspect = this.#contactsOnVector();
    }
    if (this.#verdict === "infected" && this.#infectedAt === null) this.#infectedAt = at;
  }

  /** What would be news to a reader, without the counters. */
  signature(): string {
    const { host } = this;
    const kinds = this.#findings.map((finding) => finding.kind).join(",");
    const addresses = [...host.addresses.keys()].join(",");
    const known = `${host.key}|${host.name ?? ""}|${host.role.name}|${host.role.reason}|${addresses}`;
    return `${known}|${identitySignature(host)}|${this.#verdict}|${kinds}`;
  }

  snapshot(): HostSnapshot {
    const { host } = this;
    const evidence: Evidence[] = ledgerOf(this.#findings).slice(0, linesCarried);
    const isClear = this.#verdict === "clear";
    const hostClass = isClear ? null : classOf(this.#findings);
    return {
      host: host.key,
      mac: host.mac === -1 ? null : formatMac(host.mac),
      addresses: [...host.addresses.keys()].reverse().slice(0, addressesCarried).map(formatAddress),
      name: host.name,
      role: toldRole(host),
      ...identityOf(host),
      verdict: this.#verdict,
      class: hostClass,
      vector: hostClass === null ? null : this.#vector(),
      risk: riskOf(this.#verdict, host.role.name),
      score: scoreOf(evidence),
      firstSeenAt: host.firstSeenAt,
      lastSeenAt: host.lastSeenAt,
      suspectAt: this.#suspectAt,
      infectedAt: this.#infectedAt,
      contactsBeforeSuspect: this.#contactsBeforeSuspect,
      contacts: host.contacts,
      evidence,
    };
  }

  /** Takes up where a snapshot from before a crash stood. */
  restore(snapshot: HostSnapshot): void {
    // The role is weighed anew each time and needs no past.
    const lines = snapshot.evidence.filter((line) => line.kind !== mailServerRoleKind);
    this.#restored = lines.map((line) => ({
      kind: line.kind,
      for: line.for,
      subject: subjectOfKind(line.kind),
      strength: Math.abs(line.weight),
      count: line.count,
      firstAt: line.firstAt,
      lastAt: line.lastAt,
      text: () => line.text,
    }));
    this.#restoredVector = snapshot.vector;
    this.#suspectAt = snapshot.suspectAt;
    this.#infectedAt = snapshot.infectedAt;
    this.#contactsBeforeSuspect = snapshot.contactsBeforeSuspect;
  }

  /** Whether a finding is about this machine, and not about those for whom it asks. */
  #isItsOwn({ kind }: Finding): boolean {
    const role = this.host.role.name;
    // Learned to be a resolver after it had asked: those questions were its clients'. And who asks for mail servers and
    // calls none asks for others as well: a resolver whose clients share its switch.
    if (kind === "mx-lookups") return role !== "resolver" && this.#detectors.mailFanOut.contacts > 0;
    // A router asks for whomever strangers call.
    return kind !== "arp-sweep" || role !== "gateway";
  }

  #vector(): Vector {
    const worst = this.#worstClass();
    if (worst === null && this.#restoredVector !== null) return this.#restoredVector;
    return vectorOf(classOf(this.#findings), worst);
  }

  /** The class of ports of whatever weighs most among what is known of contacts. */
  #worstClass(): PortClass | null {
    const { addressScan, networkSweep, failedContacts } = this.#detectors;
    const strengthOf = (kind: string): number => this.#findings.find((finding) => finding.kind === kind)?.strength ?? 0;
    const candidates = [
      { strength: strengthOf("address-scan"), portClass: addressScan.worstClass },
      { strength: strengthOf("network-sweep"), portClass: networkSweep.worstClass },
      { strength: strengthOf("failed-contacts"), portClass: failedContacts.worstClass },
      { strength: strengthOf("web-spray"), portClass: "web" } as const,
    ];
    const worst = candidates.reduce((best, next) => (next.strength > best.strength ? next : best));
    return worst.strength > 0 ? worst.portClass : null;
  }

  #contactsOnVector(): number {
    const { addressScan, networkSweep, failedContacts, mailFanOut } = this.#detectors;
    if (classOf(this.#findings) === "mass-mailer") return mailFanOut.contacts;
    return Math.max(addressScan.targets, networkSweep.targets) || failedContacts.targets;
  }
}

function lifeOf(finding: Finding): number {
  return finding.for && finding.strength >= thresholds.suspect ? decisionLifeMs : undecidedLifeMs;
}
