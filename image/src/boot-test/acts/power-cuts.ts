import { setTimeout as delay } from "node:timers/promises";
import { hostOf } from "../../../../sensor/test/line/operator.ts";
import { arrivedOf, type Act, type OfficeSetting } from "../office-scene.ts";
import { hangMs, silenceMs } from "../patience.ts";
import { answerTo } from "./quarantine.ts";

// Two rounds of what RFC 4861 10 and the kernel give an address to answer.
const neighboursAskMs = 6000;

// Epoch seconds.
const savedTime = `sed -nE 's/.*"trustedAt":([0-9]{10})[0-9]{3}[,}].*/\\1/p' /var/lib/cordon/judge/agent.json`;

/** Whether everybody else can work, and how many packets of the mailer have come through since. */
export async function othersWork({ office, neighbours, book }: OfficeSetting, story: string): Promise<void> {
  // A machine's own retransmissions decide when it notices that the line is back. One that was looking for the router
  // when the line came up may still find that it is not there: it asks three times, a second apart, and then anew.
  const until = performance.now() + neighboursAskMs;
  for (;;) {
    const downloads = await office.lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
    const isOver = performance.now() > until || downloads.reasons.some((reason) => !reason.includes("EHOSTUNREACH"));
    if (downloads.ok < neighbours.length && !isOver) continue;
    return book.tell(story, downloads.ok === neighbours.length, downloads.reasons.join("; "));
  }
}

/** Packets of the mailer that this boot's ruleset has stopped; null while it stops none of its. */
async function stoppedOf({ box, mailer }: OfficeSetting): Promise<number | null> {
  const { output } = await box.agent.run("nft list set bridge cordon quarantine_from");
  const [, packets] = new RegExp(`${mailer.mac} [^,}]*counter packets (\\d+)`).exec(output) ?? [];
  return packets === undefined ? null : Number(packets);
}

/** Judged only once the box has stopped some in this boot: where nobody tried, nothing was held. */
export async function nothingPassed(setting: OfficeSetting, story: string, before: number): Promise<void> {
  let stopped = await stoppedOf(setting);
  for (let left = 30; left > 0 && (stopped ?? 0) < 5; left -= 1) {
    await delay(1000);
    // Its office's half hour may be over by now, and then it does nothing by itself.
    await answerTo(setting);
    stopped = await stoppedOf(setting);
  }
  const passed = (await arrivedOf(setting)) - before;
  const found = `${passed} packets of the contained machine reached the provider, ${stopped ?? "none"} were stopped`;
  setting.book.tell(story, passed === 0 && (stopped ?? 0) >= 5, found);
}

/** Power goes while a quarantine is in force, and again while the box starts. The mailer never rests. */
export const powerCutActs: readonly Act[] = [
  {
    stories: ["quarantine-outlives-a-power-cut", "others-pass-after-a-power-cut"],
    async play(setting) {
      const before = await arrivedOf(setting);
      await setting.box.switchOff();
      const machine = await setting.box.switchOn();
      await machine.word("forwarding", hangMs);
      await othersWork(setting, "others-pass-after-a-power-cut");
      await nothingPassed(setting, "quarantine-outlives-a-power-cut", before);
    },
  },
  {
    stories: [
      "quarantine-outlives-cuts-while-starting",
      "others-pass-after-cuts-while-starting",
      "quarantine-is-reported-again",
    ],
    async play(setting) {
      const { box, operator, book, mailer } = setting;
      const before = await arrivedOf(setting);
      for (const step of ["skeleton loaded", "stored-set loaded", "forwarding"]) {
        await box.switchOff();
        await (await box.switchOn()).word(step, hangMs);
      }
      await box.switchOff();
      const machine = await box.switchOn();
      await machine.word("forwarding", hangMs);
      await othersWork(setting, "others-pass-after-cuts-while-starting");
      const switchedOnAt = Date.now();
      await machine.word("quick judging", hangMs);
      await operator.until("the box reports the quarantine anew", hangMs, (site) =>
        hostOf(site, mailer.mac).containments.some(
          ({ inForceSince, reportedAt }) => inForceSince !== null && (reportedAt ?? 0) > switchedOnAt,
        ),
      );
      book.tell("quarantine-is-reported-again", true);
      await nothingPassed(setting, "quarantine-outlives-cuts-while-starting", before);
    },
  },
  {
    stories: ["quarantine-outlives-a-wrong-clock", "clock-goes-on-from-what-was-saved"],
    async play(setting) {
      const { box, book } = setting;
      const before = await arrivedOf(setting);
      const saved = Number((await box.agent.run(savedTime)).output);
      await box.switchOff();
      // No battery: before the quarantine, and before every certificate.
      const machine = await box.switchOn({ rtcBase: "1970-01-01T00:00:00" });
      await machine.word("quick judging", hangMs);
      const clock = Number((await box.agent.run("date +%s")).output);
      // While it was off, time stood still for it.
      const isAfter = saved > 1_700_000_000 && clock >= saved && clock * 1000 <= Date.now();
      book.tell("clock-goes-on-from-what-was-saved", isAfter, `it says ${clock}, and had saved ${saved}`);
      // The judge looks at what is due every second or so.
      await delay(25_000);
      await nothingPassed(setting, "quarantine-outlives-a-wrong-clock", before);
    },
  },
];

const anyCuts = 5;
// From before the line is carried to a while after a box with systemd judges.
const anyMomentMs = 120_000;

/** Power goes five times, whenever it is, drawn anew each time that this is played. */
export const anyPowerCutActs: readonly Act[] = [
  {
    stories: ["quarantine-outlives-cuts-at-any-moment", "others-pass-after-cuts-at-any-moment"],
    async play(setting) {
      const { box, book, mailer, operator } = setting;
      const before = await arrivedOf(setting);
      const moments: string[] = [];
      for (let left = anyCuts; left > 0; left -= 1) {
        await box.switchOff();
        await box.switchOn();
        const momentMs = Math.random() * anyMomentMs;
        await delay(momentMs);
        moments.push((momentMs / 1000).toFixed(1));
      }
      book.note(`the power went ${moments.join(", ")} s after the box's first word`);
      await box.switchOff();
      const machine = await box.switchOn();
      await machine.word("forwarding", hangMs);
      const onAt = Date.now();
      await othersWork(setting, "others-pass-after-cuts-at-any-moment");
      await machine.word("judging", hangMs);
      await operator.until("the box reports the quarantine anew", hangMs, (site) =>
        hostOf(site, mailer.mac).containments.some(
          ({ inForceSince, reportedAt }) => inForceSince !== null && (reportedAt ?? 0) > onAt,
        ),
      );
      await nothingPassed(setting, "quarantine-outlives-cuts-at-any-moment", before);
    },
  },
];

/** The data partition breaks, and then is gone: the line and the quarantine do not need it. */
export const lostDataActs: readonly Act[] = (
  [
    { state: "damaged", health: "boot-data-remade" },
    { state: "missing", health: "boot-data-missing" },
  ] as const
).map(({ state, health }) => ({
  stories: [`others-pass-with-${state}-data`, `quarantine-holds-with-${state}-data`, `health-tells-of-${state}-data`],
  async play(setting) {
    const { box, operator, book } = setting;
    const before = await arrivedOf(setting);
    await box.switchOff();
    if (state === "damaged") await box.disk.damage("data");
    else await box.disk.remove("data");
    const machine = await box.switchOn();
    await machine.word("forwarding", hangMs);
    await othersWork(setting, `others-pass-with-${state}-data`);
    await machine.word("quick judging", hangMs);
    const site = await operator.until("health says it", hangMs, ({ sensor }) =>
      sensor.health.some(({ code }) => code === health),
    );
    book.tell(`health-tells-of-${state}-data`, true);
    book.note(`health says: ${site.sensor.health.find(({ code }) => code === health)?.text}`);
    await nothingPassed(setting, `quarantine-holds-with-${state}-data`, before);
  },
}));
