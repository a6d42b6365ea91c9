import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostSnapshot } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import type { CaptureReport } from "./judge-capture.ts";
import { reportText } from "./report-text.ts";

const at = Date.UTC(2026, 0, 15, 9, 0, 0);

function aHost(fields: Partial<HostSnapshot> = {}): HostSnapshot {
  return {
    host: "02:00:00:00:00:17",
    mac: "02:00:00:00:00:17",
    addresses: ["192.168.1.23"],
    name: null,
    role: { name: "unknown", reason: "nothing said otherwise" },
    verdict: "clear",
    class: null,
    vector: null,
    risk: null,
    score: 0,
    firstSeenAt: at,
    lastSeenAt: at,
    suspectAt: null,
    infectedAt: null,
    contactsBeforeSuspect: null,
    contacts: 3,
    evidence: [],
    ...fields,
  };
}

function aReport(fields: Partial<CaptureReport> = {}): CaptureReport {
  return {
    file: "office.pcap",
    packets: 12_345,
    handedUp: {},
    heldBack: {},
    weird: {},
    startedAt: at,
    endedAt: at + 1_740_000,
    line: { state: "healthy", since: at, text: "" },
    hosts: [],
    error: null,
    ...fields,
  };
}

const scanner = aHost({
  name: "DESK-7",
  verdict: "infected",
  class: "scanner",
  vector: "smb",
  risk: "high",
  score: 5.4,
  suspectAt: at + 61_000,
  infectedAt: at + 62_000,
  contactsBeforeSuspect: 5,
  addresses: ["192.168.1.23", "192.168.1.99"],
  evidence: [
    {
      kind: "answered-contacts",
      for: false,
      weight: -0.6,
      count: 4,
      firstAt: at,
      lastAt: at,
      text: "Most were answered.",
    },
    { kind: "address-scan", for: true, weight: 6, count: 40, firstAt: at, lastAt: at, text: "Tried 40 addresses." },
  ],
});

test("the report begins with who is infected, with what, since when and what to do", () => {
  const report = aReport({ hosts: [aHost(), aHost(), scanner], weird: { "bad-tcp-offset": 1200 } });
  assert.equal(
    reportText(report, "Europe/London"),
    `office.pcap: 12,345 packets within 29 minutes, from 15 Jan 2026, 09:00:00 GMT

INFECTED: DESK-7 (192.168.1.23, 02:00:00:00:00:17) is a scanner on Windows file sharing since 15 Jan 2026, 09:01:01 GMT. Unplug it or cut it off, clean it, and check the machines that answered it.

DESK-7 (192.168.1.23, 02:00:00:00:00:17): infected, scanner on Windows file sharing, high risk
  first seen 09:00:00 GMT, suspect 09:01:01 GMT (after 5 contacts), infected 09:01:02 GMT
  also had 192.168.1.99
  for       +6.0  Tried 40 addresses.
  against   −0.6  Most were answered.

2 machines are clear.

Odd traffic: bad-tcp-offset 1,200.
`,
  );
});

for (const { name, report, first } of [
  { name: "nobody seen", report: aReport(), first: /^No machine of the site was seen\. .*--inside/ },
  { name: "all clear", report: aReport({ hosts: [aHost()] }), first: /^No machine behaves like an infected one\.$/ },
  {
    name: "one watched",
    report: aReport({
      hosts: [aHost({ verdict: "watched", class: "scanner", vector: "web", risk: "low", score: 1.2 })],
    }),
    first: /^No machine is infected\. 1 did something worth a look/,
  },
  {
    name: "one suspect without a MAC",
    report: aReport({
      hosts: [
        aHost({
          host: "10.0.0.9",
          mac: null,
          addresses: ["10.0.0.9"],
          verdict: "suspect",
          class: "mass-mailer",
          vector: "mail",
          risk: "medium",
          suspectAt: at,
        }),
      ],
    }),
    first: /^SUSPECT: 10\.0\.0\.9 behaves like a mass mailer since 15 Jan 2026/,
  },
]) {
  test(`the first sentence with ${name}`, () => assert.match(reportText(report, "UTC").split("\n")[2] ?? "", first));
}

test("a capture of days says the day of each time", () => {
  const text = reportText(aReport({ hosts: [scanner], endedAt: at + 3 * 86_400_000 }), "UTC");
  assert.match(text, /within 3 days/);
  assert.match(text, /first seen 15 Jan 2026, 09:00:00 UTC/);
});

test("a file that was judged in part says so", () => {
  const error = new SensorError(
    "capture-damaged",
    "damaged at byte 9 after 2 packets: it ends in the middle of a record",
  );
  assert.match(reportText(aReport({ error })), /Judged only in part: damaged at byte 9/);
});

test("a file without packets has no times", () => {
  assert.match(reportText(aReport({ packets: 0, startedAt: null, endedAt: null })), /^office\.pcap: 0 packets\n/);
});
