import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { narrate } from "./narrate.ts";
import type { SeenSite } from "./site-session.ts";

const siteUpAt = 1_000_000;

type SeenHost = SeenSite["hosts"][number];

function aHost(changes: Partial<SeenHost> = {}): SeenHost {
  return {
    host: "02:00:5e:00:53:01",
    mac: "02:00:5e:00:53:01",
    addresses: ["192.0.2.7"],
    name: "DESK-07",
    role: { name: "unknown", reason: "nothing was seen of it" },
    verdict: "clear",
    class: null,
    vector: null,
    risk: null,
    score: 0,
    firstSeenAt: siteUpAt,
    lastSeenAt: siteUpAt,
    suspectAt: null,
    infectedAt: null,
    contactsBeforeSuspect: null,
    contacts: 0,
    evidence: [],
    containments: [],
    ...changes,
  };
}

function aSite(changes: Partial<SeenSite> = {}): SeenSite {
  return { id: "office", sensor: { state: "online" }, line: null, hosts: [], ...changes };
}

const infected = aHost({ verdict: "infected", class: "mass-mailer", infectedAt: siteUpAt + 9400 });
const containment = {
  id: "c1",
  levelText: "Cut from the Internet.",
  inForceSince: siteUpAt + 20_000,
  releasing: false,
};

suite("narrating a site", () => {
  for (const { name, before, now, lines } of [
    {
      name: "names a machine that became infected, with its class and when",
      before: aSite({ hosts: [aHost()] }),
      now: aSite({ hosts: [infected] }),
      lines: ["DESK-07 (192.0.2.7) is infected: mass mailer (found 9 s after the site was up)."],
    },
    {
      name: "names it once",
      before: aSite({ hosts: [infected] }),
      now: aSite({ hosts: [{ ...infected, score: 9, contacts: 80 }] }),
      lines: [],
    },
    {
      name: "says nothing of a machine that is merely watched",
      before: aSite(),
      now: aSite({ hosts: [aHost({ verdict: "watched", score: 1.2 })] }),
      lines: [],
    },
    {
      name: "calls a machine without a name by its address, and without one by its MAC",
      before: aSite(),
      now: aSite({
        hosts: [
          { ...infected, name: null },
          { ...infected, host: "02:00:5e:00:53:02", name: null, addresses: [] },
        ],
      }),
      lines: [
        "192.0.2.7 is infected: mass mailer (found 9 s after the site was up).",
        "02:00:5e:00:53:02 is infected: mass mailer (found 9 s after the site was up).",
      ],
    },
    {
      name: "says nothing of a containment that is only asked for",
      before: aSite({ hosts: [infected] }),
      now: aSite({ hosts: [{ ...infected, containments: [{ ...containment, inForceSince: null }] }] }),
      lines: [],
    },
    {
      name: "tells the level reached when a containment comes into force",
      before: aSite({ hosts: [{ ...infected, containments: [{ ...containment, inForceSince: null }] }] }),
      now: aSite({ hosts: [{ ...infected, containments: [containment] }] }),
      lines: ["DESK-07 (192.0.2.7): Cut from the Internet."],
    },
    {
      name: "tells the release of a containment that was in force",
      before: aSite({ hosts: [{ ...infected, containments: [containment] }] }),
      now: aSite({ hosts: [infected] }),
      lines: ["DESK-07 (192.0.2.7) is released."],
    },
    {
      name: "tells of a release after which something else holds on as it is",
      before: aSite({ hosts: [{ ...infected, containments: [containment, { ...containment, id: "other" }] }] }),
      now: aSite({ hosts: [{ ...infected, containments: [{ ...containment, id: "other" }] }] }),
      lines: ["DESK-07 (192.0.2.7): one thing that held it is released, another stays."],
    },
    {
      name: "tells a line that died and came back, but not that it is well at first",
      before: aSite({ line: { state: "dead", text: "Nobody is answered." } }),
      now: aSite({ line: { state: "healthy", text: "All are answered." } }),
      lines: ["The line is healthy: All are answered."],
    },
    {
      name: "says nothing of a line that is well from the first",
      before: aSite(),
      now: aSite({ line: { state: "healthy", text: "" } }),
      lines: [],
    },
    {
      name: "tells that the sensor fell silent",
      before: aSite(),
      now: aSite({ sensor: { state: "silent" } }),
      lines: ["The sensor is silent."],
    },
  ]) {
    test(name, () => assert.deepEqual(narrate(before, now, siteUpAt), lines));
  }
});
