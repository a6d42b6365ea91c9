import { setTimeout as delay } from "node:timers/promises";
import { officeOutbreak, type Lab } from "../../../../sensor/lab/index.ts";
import { hostOf } from "../../../../sensor/test/line/operator.ts";
import type { Act } from "../office-scene.ts";
import { hangMs, silenceMs } from "../patience.ts";

/** What of a worm has reached the provider, whoever sent it: beyond a router that is one address. */
async function wormArrived(lab: Lab): Promise<number> {
  const { byHost, others } = await lab.witness();
  return [...byHost.values(), others].reduce((sum, { smb }) => sum + smb.packets, 0);
}

// In this time a worm of the lab tries dozens of targets.
const lullMs = 10_000;

/** The router dials through the box, which sees the session, and where it therefore stands. */
export const dialledActs: readonly Act[] = [
  {
    stories: ["pppoe-is-recognised"],
    async play({ operator, book }) {
      const { sensor } = await operator.until("it says what the line carries", hangMs, (site) =>
        site.sensor.placementReasons.some((sentence) => sentence.includes("PPPoE")),
      );
      const reasons = sensor.placementReasons.join(" ");
      book.tell("pppoe-is-recognised", /PPPoE sessions: a router dials through the box/.test(reasons), reasons);
    },
  },
];

/** Between modem and router: the office is one address, and what spreads from it is named and shut off by its way. */
export const outsideRouterActs: readonly Act[] = [
  {
    stories: [
      "box-reports-wan",
      "office-is-named-outside-the-router",
      "barrier-stops-a-worm-outside-the-router",
      "others-pass-outside-the-router",
    ],
    async play({ office: { lab }, operator, book, neighbours }) {
      const placed = await operator.until("it says where it stands", hangMs, ({ sensor }) => sensor.placement !== null);
      book.tell("box-reports-wan", placed.sensor.placement === "wan", `it reports ${placed.sensor.placement}`);
      await lab.run(officeOutbreak);
      const beganAt = Date.now();
      const { publicAddress } = lab.facts;
      const site = await operator.until("the office is infected, by its ways of spreading", hangMs, ({ hosts }) =>
        hosts.some(
          ({ host, verdict, evidence }) =>
            host === publicAddress && verdict === "infected" && evidence.some(({ kind }) => kind === "address-scan"),
        ),
      );
      book.note(`the office was named ${((Date.now() - beganAt) / 1000).toFixed(1)} s after it began to work`);
      const { name } = hostOf(site, publicAddress);
      const others = site.hosts.filter(({ host }) => host !== publicAddress);
      const found = `${name}, and ${others.map(({ host }) => host).join(", ") || "nobody else"}`;
      book.tell(
        "office-is-named-outside-the-router",
        name === "Somebody behind the router" && others.length === 0,
        found,
      );

      const before = await wormArrived(lab);
      await operator.setBarrier(site.id, "smb");
      const orderedAt = Date.now();
      // Nothing is told of a barrier's force; it shows.
      const endsAt = Date.now() + hangMs;
      let [last, now] = [-1, await wormArrived(lab)];
      while (now !== last && Date.now() < endsAt) {
        await delay(lullMs);
        [last, now] = [now, await wormArrived(lab)];
      }
      const heldMs = Date.now() - orderedAt - lullMs;
      book.note(`the barrier was felt at most ${(heldMs / 1000).toFixed(1)} s after it was ordered`);
      book.tell(
        "barrier-stops-a-worm-outside-the-router",
        before > 0 && now === last,
        `${before} packets had arrived when it was ordered, and ${now - last} arrived in the last ${lullMs / 1000} s`,
      );
      const begunAt = Date.now();
      const downloads = await lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
      book.note(
        `downloads took ${((Date.now() - begunAt) / 1000).toFixed(1)} s, and none stood still for longer than ${downloads.longestStallMs} ms`,
      );
      book.tell("others-pass-outside-the-router", downloads.ok === neighbours.length, downloads.reasons.join("; "));
    },
  },
];
