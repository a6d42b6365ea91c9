/** Hosts with ledgers, for tests and for looking at. */
import type { Evidence, HostSnapshot } from "@cordon/contract";

/** A ledger line with defaults. */
export function aLine(line: Partial<Evidence> = {}): Evidence {
  return {
    kind: "mail-fan-out",
    for: true,
    weight: 4,
    count: 212,
    firstAt: 1_000,
    lastAt: 2_000,
    text: "A line.",
    ...line,
  };
}

/** A clear host with defaults. */
export function aHost(host: Partial<HostSnapshot> = {}): HostSnapshot {
  const mac = host.mac === undefined ? (host.host ?? "02:00:5e:00:00:01") : host.mac;
  return {
    host: host.host ?? mac ?? "192.168.10.1",
    mac,
    addresses: ["192.168.10.21"],
    name: "DESK-01",
    role: { name: "workstation", reason: "It browses and asks for names." },
    verdict: "clear",
    class: null,
    vector: null,
    risk: null,
    score: 0,
    firstSeenAt: 1_000,
    lastSeenAt: 2_000,
    suspectAt: null,
    infectedAt: null,
    contactsBeforeSuspect: null,
    contacts: 40,
    evidence: [],
    ...host,
  };
}

const mac = (last: number) => `02:00:5e:10:00:${last.toString(16).padStart(2, "0")}`;

/** Ten machines of an office in which two are infected, as of `now`. */
export function sampleHosts(now: number): HostSnapshot[] {
  const ago = (minutes: number) => now - minutes * 60_000;
  const base = (last: number, name: string | null, more: Partial<HostSnapshot> = {}): HostSnapshot =>
    aHost({
      host: mac(last),
      mac: mac(last),
      name,
      addresses: [`192.168.10.${20 + last}`],
      firstSeenAt: ago(55),
      lastSeenAt: ago(0),
      contacts: 30 + last * 7,
      ...more,
    });
  const quiet = (weight: number, kind: string, text: string): Evidence =>
    aLine({ kind, for: false, weight, count: 60, firstAt: ago(50), lastAt: ago(1), text });
  return [
    base(7, "DESK-07", {
      verdict: "infected",
      class: "mass-mailer",
      vector: "mail",
      risk: "high",
      score: 9.4,
      suspectAt: ago(9),
      infectedAt: ago(8),
      contactsBeforeSuspect: 6,
      contacts: 231,
      evidence: [
        aLine({
          kind: "mail-fan-out",
          weight: 6.1,
          count: 212,
          firstAt: ago(10),
          lastAt: ago(0),
          text: "It has tried 212 mail servers of 187 domains it had never spoken to.",
        }),
        aLine({
          kind: "mail-helo-variety",
          weight: 2.8,
          count: 41,
          firstAt: ago(9),
          lastAt: ago(0),
          text: "It greets mail servers under 41 different names.",
        }),
        aLine({
          kind: "mail-direct",
          weight: 1.2,
          count: 212,
          firstAt: ago(10),
          lastAt: ago(0),
          text: "It sends past the office's own mail server.",
        }),
        quiet(-0.7, "resolved-targets", "Most of its targets had been looked up by name."),
      ],
    }),
    base(3, "FRONTDESK", {
      verdict: "infected",
      class: "scanner",
      vector: "smb",
      risk: "high",
      score: 7.8,
      suspectAt: ago(5),
      infectedAt: ago(4),
      contactsBeforeSuspect: 10,
      contacts: 940,
      evidence: [
        aLine({
          kind: "address-scan",
          weight: 7.4,
          count: 903,
          firstAt: ago(5),
          lastAt: ago(0),
          text: "It has tried 903 addresses on port 445; 2 answered.",
        }),
        aLine({
          kind: "unresolved-targets",
          weight: 1.1,
          count: 903,
          firstAt: ago(5),
          lastAt: ago(0),
          text: "None of these addresses had been looked up by name.",
        }),
        quiet(-0.7, "common-destinations", "It also uses what most machines here use."),
      ],
    }),
    base(5, "LAPTOP-ANNA", {
      addresses: ["2001:db8:10::5e2a", "fe80::5", "192.168.10.25"],
      addressTimes: [
        { address: "2001:db8:10::5e2a", firstAt: ago(20), lastAt: ago(0) },
        { address: "fe80::5", firstAt: ago(54), lastAt: ago(1) },
        { address: "192.168.10.25", firstAt: ago(30), lastAt: ago(0), from: mac(4) },
      ],
      names: [
        { source: "dhcp", name: "LAPTOP-ANNA", at: ago(30) },
        { source: "mdns", name: "<img src=x onerror=alert(1)>", at: ago(12) },
      ],
      several: "Several machines seem to speak through this one: packets that it sends have passed a router before.",
      verdict: "suspect",
      class: "scanner",
      vector: "telnet",
      risk: "medium",
      score: 3.6,
      suspectAt: ago(2),
      contactsBeforeSuspect: 7,
      evidence: [
        aLine({
          kind: "address-scan",
          weight: 4.2,
          count: 9,
          firstAt: ago(3),
          lastAt: ago(2),
          text: "It has tried 9 addresses on port 23; none answered.",
        }),
        quiet(-0.6, "retry-storm", "Three of the targets were tried again and again."),
      ],
    }),
    base(9, null, {
      verdict: "watched",
      class: "scanner",
      vector: "other",
      risk: "low",
      score: 1.3,
      evidence: [
        aLine({
          kind: "address-scan",
          weight: 2.4,
          count: 14,
          firstAt: ago(20),
          lastAt: ago(3),
          text: "14 addresses on high ports did not answer.",
        }),
        quiet(-1.1, "peer-to-peer", "Others on such ports do answer: this is how peer-to-peer programs look."),
      ],
    }),
    base(2, "MAIL", {
      role: { name: "mail-server", reason: "Declared by a person." },
      score: -4.0,
      contacts: 380,
      evidence: [
        aLine({
          kind: "mail-fan-out",
          weight: 1.4,
          count: 44,
          firstAt: ago(50),
          lastAt: ago(1),
          text: "It has spoken to 44 mail servers.",
        }),
        quiet(-5.4, "mail-server", "It is the office's mail server, and receives mail too."),
      ],
    }),
    base(1, "DESK-01", {
      score: -1.2,
      evidence: [quiet(-1.2, "answered-contacts", "61 of 62 of its first contacts were answered.")],
    }),
    base(4, "DESK-04", {
      score: -1.0,
      evidence: [quiet(-1.0, "answered-contacts", "48 of 50 of its first contacts were answered.")],
    }),
    base(6, "PRINTER-2F", {
      host: "00:1b:a9:5e:10:06",
      mac: "00:1b:a9:5e:10:06",
      role: { name: "unknown", reason: "Nothing it did tells what it is for." },
      score: -0.4,
      contacts: 3,
    }),
    base(8, "DESK-08", {
      score: -0.9,
      evidence: [quiet(-0.9, "resolved-targets", "All of its targets had been looked up by name.")],
    }),
    base(10, "NAS", { role: { name: "server", reason: "Others come to it." }, score: -0.6, contacts: 12 }),
  ];
}
