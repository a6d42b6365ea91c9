/** Over all placements, rungs and answers of a box: no screen says more than what was reported holds. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  contractVersion,
  honestLevel,
  levelSentence,
  type AnyContainment,
  type Enforcement,
  type HostSnapshot,
  type Level,
  type Placement,
  type Reported,
} from "@cordon/contract";
import type { SiteView } from "../../src/api/view.ts";
import { siteView, type SiteFacts } from "../../src/incident/site-view.ts";
import { timeTextOf } from "../../src/incident/time-text.ts";
import { timelineText } from "../../src/incident/timeline-text.ts";
import { containmentFinding } from "../../src/notify/words.ts";
import { noSiteWishes } from "../../src/store/site-wishes.ts";
import { answered } from "../../ui/src/app/pending.ts";
import { drawnLine } from "../../ui/src/components/drawn-line.ts";
import { hostTable } from "../../ui/src/components/host-table.ts";
import { proof } from "../../ui/src/components/proof.ts";
import { rungs } from "../../ui/src/components/rungs.ts";
import type { App } from "../../ui/src/context/app-context.ts";
import { expectedLevel, lineOf } from "../../ui/src/words/containment.ts";
import { fleetSentence, hostSentence } from "../../ui/src/words/sentence.ts";
import { timeWords } from "../../ui/src/words/time.ts";
import { aHost, aLine } from "../sample-hosts.ts";
import { markupOf, textOf } from "./markup.ts";

const now = Date.UTC(2026, 10, 20, 14, 12, 57);
const host = "02:00:5e:10:00:07";
const time = timeTextOf(now, "UTC");
const clock = timeWords("UTC");

type Claim = "cut" | "stopped" | "slowed";

/** What a text may not say unless it is so: words for what holds, and none for what is offered, asked, refused or was. */
const claims: Readonly<Record<Claim, RegExp>> = {
  cut: /\b(and|is|are|all|machines?|\d of them|\d of \d+ machines) cut off\b(?! when last heard)|(?<!reach: )\bcut from (the Internet|everything)/i,
  stopped: /\b(is|are|its way of spreading is|mail) stopped\b(?! when last heard)/i,
  slowed: /\b(is|are) (slowed down|limited)\b|\bslowed down\b|\b(search for machines|search by ARP) limited\b/i,
};

// What speaks of something else than now: offers, wishes, refusals, and a box that was heard once.
const notClaims: readonly RegExp[] = [
  /Will reach:[^.]*\./gi,
  /(Nothing|nothing) (is|new is) (stopped|judged)[^.]*\.?/g,
  /not cut off|cannot be cut|none of them cut off|none could be cut off|not stopped/gi,
  /Until it does, nothing is stopped by it\./g,
  /(Was|was|were) (cut off|stopped|limited|kept from spreading)[^.]*when last heard[^.]*\./g,
  /[^.]* when last heard\b[^.]*/g,
  /The line can be cut for everyone\./g,
  /cut it off|cut DESK-07 off|Cut off…/gi,
];

function claimsIn(text: string): Claim[] {
  const said = notClaims.reduce((rest, each) => rest.replace(each, " "), text);
  return (Object.keys(claims) as Claim[]).filter((claim) => claims[claim].test(said));
}

const claimOf: Readonly<Record<Level, Claim | null>> = {
  ...{ none: null, unconfirmed: null, simulated: null },
  ...{ throttled: "slowed", "vector-stopped": "stopped", "internet-cut": "cut", "gateway-cut": "cut" },
};

const placements: readonly Placement[] = ["lan", "gateway", "wan", "mirror"];
const wishes: readonly Pick<AnyContainment, "kind" | "vector">[] = [
  { kind: "throttle", vector: null },
  { kind: "throttle", vector: "smb" },
  { kind: "vector", vector: "mail" },
  { kind: "vector", vector: "arp" },
  { kind: "quarantine", vector: null },
];

/** What the box says of the wish: nothing yet, or what its kernel holds; and whether it is heard. */
interface Answer {
  readonly name: string;
  /** Null: it has not said a word of it. */
  readonly enforcement: Enforcement | null;
  readonly refusal?: string;
  readonly isSilent?: boolean;
  readonly isReleasing?: boolean;
}
const answers: readonly Answer[] = [
  { name: "asked", enforcement: null },
  { name: "confirmed", enforcement: "in-force" },
  { name: "confirmed, its release asked", enforcement: "in-force", isReleasing: true },
  { name: "refused", enforcement: "absent", refusal: "It is the gateway." },
  { name: "not in the kernel", enforcement: "absent" },
  { name: "not looked at", enforcement: "unknown" },
  { name: "simulated", enforcement: "simulated" },
  { name: "asked, box silent", enforcement: null, isSilent: true },
  { name: "confirmed, box silent", enforcement: "in-force", isSilent: true },
];

const infected: HostSnapshot = aHost({
  ...{ host, name: "DESK-07", addresses: ["192.168.10.27"], verdict: "infected", class: "mass-mailer", vector: "mail" },
  ...{ score: 8, infectedAt: now - 60_000, evidence: [aLine({ text: "It has tried 212 mail servers." })] },
});

function siteOf(placement: Placement, wish: (typeof wishes)[number], answer: Answer): SiteView {
  const asked = { id: "c1", ...wish, host, reason: "Mass mailer", author: "ann" } as const;
  const { enforcement } = answer;
  const measured = {
    ...{ ...asked, startsAt: now - 5000, expiresAt: null },
    level: enforcement === null ? "none" : honestLevel({ wish, placement, enforcement }),
    inForceSince: enforcement === "in-force" ? now - 4000 : null,
    ...{ packetsStopped: enforcement === "in-force" ? 37 : 0, lastStoppedAt: null, refusal: answer.refusal ?? null },
  } as const;
  const told = enforcement === null ? [] : [measured];
  const line = { state: "healthy", since: now - 60_000, text: "9 of 9 machines get answers." } as const;
  const reported = {
    ...{ version: contractVersion, bootId: "boot-1", at: now, epoch: 1, revision: 2, placement, line },
    containments: told.filter(({ kind, vector }) => kind !== "throttle" && vector !== "arp"),
    throttles: told.filter(({ kind }) => kind === "throttle"),
    sweeps: told.filter(({ vector }) => vector === "arp"),
    ...{ health: [], refused: {} },
  } as unknown as Reported;
  const facts: SiteFacts = {
    ...{ id: "s", name: "Brandt Tax Advisers", policy: "observe", hosts: [infected], reflexWish: null, pardons: [] },
    contacts: [],
    sensor: {
      ...{ id: "b", state: answer.isSilent === true ? "offline" : "online", stateSince: now - 60_000, pulse: null },
      hello: {
        ...{ version: contractVersion, bootId: "boot-1", at: 1, software: "1", kernel: "6.12", interfaces: [] },
        ...{ placement: { kind: placement, reasons: [], blindSpots: [] }, kernelFeatures: {} },
        canContain: enforcement !== "simulated",
      },
      ...{
        reported,
        reportedAt: now,
        line,
        desiredRevision: 2,
        identity: { state: "enrolled", until: null },
        health: [],
      },
    },
    containments: [
      {
        ...{ ...asked, vector: wish.vector, askedAt: now - 5000, expiresAt: null },
        isDropped: answer.isReleasing === true,
      },
    ],
    ...{ particulars: new Map(), wishes: noSiteWishes, series: [] },
  };
  return siteView(facts, time);
}

/** Everything that a screen says of the site and its machine, by where it is said. */
/** Of somebody who may act, at the centre. */
const app = {
  state: { now, time: clock, session: { kind: "signed-in", rights: ["act"] }, place: null },
  actions: {},
} as unknown as App;

function saidOf(site: SiteView): Readonly<Record<string, string>> {
  const [machine] = site.hosts;
  assert.ok(machine !== undefined);
  const said = hostSentence(machine, site.sensor, now, clock);
  const pending = [{ wish: "hold", siteId: site.id, host, containmentId: "c1" }] as const;
  const table = { siteId: site.id, box: site.sensor, hosts: site.hosts, selected: null, onSelect: () => undefined };
  return {
    "site sentence": `${site.sentence} ${site.cause}`,
    "fleet row": `${site.row.lead} ${site.row.rest}`,
    "fleet sentence": Object.values(fleetSentence([site])).join(" "),
    "host sentence": `${said.title} ${said.cause}`,
    "level in words": machine.containments.map(({ levelText }) => levelText).join(" "),
    "its line": lineOf(machine, site.sensor).text,
    table: textOf(hostTable(table)),
    rungs: textOf(rungs({ app, site, host: machine }, null)),
    proof: textOf(proof(machine, site.sensor, now, clock)),
    toast: answered(pending, site)
      .answers.map(({ text }) => text)
      .join(" "),
  };
}

for (const placement of placements) {
  describe(`in ${placement}`, () => {
    for (const wish of wishes) {
      const name = `${wish.kind}${wish.vector === null ? "" : ` of ${wish.vector}`}`;
      for (const answer of answers) {
        test(`${name}, ${answer.name}: no screen says more than was reported`, () => {
          const site = siteOf(placement, wish, answer);
          const holds = answer.enforcement === "in-force" && answer.isSilent !== true;
          const level = holds ? honestLevel({ wish, placement, enforcement: "in-force" }) : "none";
          const allowed = claimOf[level];
          const said = saidOf(site);
          for (const [where, text] of Object.entries(said)) {
            const beyond = claimsIn(text).filter((claim) => claim !== allowed);
            assert.deepEqual(beyond, [], `${where} says: ${text}`);
            if (placement !== "gateway" && !/Will reach/.test(text))
              assert.doesNotMatch(text, /everything beyond/, where);
          }

          const tag = /\b(asked|in force|refused|simulated|when last heard)\b/;
          assert.match((said["rungs"] ?? "").replace(/Asked/g, ""), tag, "what was asked for is seen");

          // Where it does hold it is said, or the test would pass with empty screens.
          const [machine] = site.hosts;
          assert.ok(machine !== undefined);
          if (allowed !== null) {
            assert.deepEqual(claimsIn(said["level in words"] ?? ""), [allowed]);
            assert.match(said["rungs"] ?? "", answer.isReleasing === true ? /release asked/ : /in force/);
            if (answer.isReleasing !== true) assert.deepEqual(claimsIn(said["toast"] ?? ""), [allowed]);
          }

          // The accent is for what the box vouches for, in words, drawing, rungs and proof alike.
          const isOn = allowed !== null;
          assert.equal(lineOf(machine, site.sensor).tone === "on", isOn, "its line");
          assert.equal(
            /class="d [a-z]* on"/.test(markupOf(drawnLine(site, site.hosts, { time: clock, now }))),
            isOn && placement !== "wan",
            "drawn line",
          );
          assert.equal(/rung on/.test(markupOf(rungs({ app, site, host: machine }, null))), isOn, "rungs");
          const box = markupOf(proof(machine, site.sensor, now, clock));
          if (answer.isSilent === true) assert.doesNotMatch(box, /class="proof"/);
          else assert.equal(box !== "", isOn, "proof");

          // "Line protected" only where the infected machine is cut off, or kept from mailing.
          const isProtected = level === "internet-cut" || level === "gateway-cut" || level === "vector-stopped";
          assert.equal(/Line protected/.test(said["site sentence"] ?? ""), isProtected);
          assert.equal(/Line protected/.test(said["fleet row"] ?? ""), isProtected);
        });
      }

      test(`${name}: what is told before is what is reached after, and what is written down is the box's own word`, () => {
        const reached = honestLevel({ wish, placement, enforcement: "in-force" });
        const before = expectedLevel(wish, placement, true);
        assert.equal(before, levelSentence({ wish, placement, enforcement: "in-force" }));
        assert.deepEqual(claimsIn(before), claimOf[reached] === null ? [] : [claimOf[reached]]);
        assert.deepEqual(claimsIn(expectedLevel(wish, placement, false)), []);
        const notice = { kind: "containment", containmentId: "c1", host, sequence: 1, at: now } as const;
        const place = { siteId: "s", siteName: "Brandt Tax Advisers", at: now };
        const cases = [
          { change: "in-force", text: before, allowed: claimOf[reached] },
          { change: "refused", text: "It is the gateway.", allowed: null },
        ] as const;
        for (const { change, text, allowed } of cases) {
          const { verdict, cause } = containmentFinding(
            place,
            { siteId: "s", notice: { ...notice, change, text } },
            infected,
          );
          const row = timelineText(
            { what: `containment-${change}`, name: "DESK-07", person: null, detail: { text } },
            time,
          );
          for (const said of [`${verdict} ${cause}`, row]) {
            assert.deepEqual(
              claimsIn(said).filter((claim) => claim !== allowed),
              [],
              said,
            );
          }
        }
        const asked = { kind: wish.kind, vector: wish.vector ?? "" };
        assert.deepEqual(
          claimsIn(timelineText({ what: "containment-asked", name: "DESK-07", person: "Ann", detail: asked }, time)),
          [],
        );
      });
    }
  });
}

test("a line that is no claim is taken for none, and a claim for one", () => {
  for (const text of [
    "Its cut is not in force: it is the gateway.",
    "Was cut off when last heard, 11:00:19.",
    "Next: cut it off.",
  ]) {
    assert.deepEqual(claimsIn(text), [], text);
  }
  assert.deepEqual(claimsIn("DESK-07 is infected, and cut off."), ["cut"]);
  assert.deepEqual(claimsIn("Line protected. 2 of 24 machines cut off."), ["cut"]);
  assert.deepEqual(claimsIn("Mail stopped"), ["stopped"]);
  assert.deepEqual(claimsIn("Its new contacts beyond the switch are limited; everything established still works."), [
    "slowed",
  ]);
});
