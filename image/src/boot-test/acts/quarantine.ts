import { setTimeout as delay } from "node:timers/promises";
import { officeOutbreak, type SiteFacts } from "../../../../sensor/lab/index.ts";
import { hostOf, type SiteSeen } from "../../../../sensor/test/line/operator.ts";
import { holdConnection } from "../held-connection.ts";
import { accused, arrivedOf, infectedOf, type Act, type OfficeSetting } from "../office-scene.ts";
import { hangMs, silenceMs } from "../patience.ts";

/** The infected machine is named, and one click cuts it off while the others go on. */
export const quarantineActs: readonly Act[] = [
  {
    stories: ["mailer-is-named"],
    async play({ office, operator, book, mailer }) {
      await office.lab.run(officeOutbreak);
      const beganAt = Date.now();
      const isNamed = (site: SiteSeen) =>
        site.hosts.some(({ host, verdict }) => host === mailer.mac && verdict === "infected");
      const site = await operator.until("the mailer is named", hangMs, isNamed);
      book.note(`the mailer was named ${((Date.now() - beganAt) / 1000).toFixed(1)} s after the office began to work`);
      const seen = hostOf(site, mailer.mac);
      book.tell("mailer-is-named", seen.class === "mass-mailer" && seen.vector === "mail", `as ${seen.class}`);
    },
  },
  {
    stories: [
      "established-connection-is-reset",
      "new-connection-is-reset",
      "level-is-reported",
      "cut-is-on-disk",
      "counter-grows",
      "nothing-of-it-passes",
      "neighbours-download",
      "nobody-else-is-accused",
      "traffic-shows-lan",
    ],
    async play(setting) {
      const { office, box, operator, book, mailer, neighbours } = setting;
      const { lab } = office;
      const held = await holdConnection(lab, mailer.name);
      // For longer than whatever follows may last.
      const cut = await operator.cutOff((await operator.site()).id, mailer.mac, 12);
      const site = await operator.until("the cut is in force", hangMs, (site) =>
        // Where the kernel's holder has not answered for some seconds, as on an emulator among others, nobody knows of it.
        hostOf(site, mailer.mac).containments.some(
          ({ id, inForceSince, level }) => id === cut.id && inForceSince !== null && level !== "unconfirmed",
        ),
      );
      const level = hostOf(site, mailer.mac).containments[0]?.level ?? "none";
      book.tell("level-is-reported", level === "internet-cut", `the level is ${level}`);
      // Seen past whatever the executor sees: what the partition holds is what the next start finds.
      const stored = await box.agent.run(
        `grep -q '^/dev/.* /var/lib/cordon/held ' /proc/mounts && grep -F '{ ${mailer.mac} }' /var/lib/cordon/held/quarantine.nft`,
      );
      book.tell("cut-is-on-disk", stored.code === 0, stored.output);
      const before = await arrivedOf(setting);
      const ending = await Promise.race([held.ended, delay(silenceMs, "silence", { ref: false })]);
      book.tell("established-connection-is-reset", ending === "ECONNRESET", ending);
      const answer = await answerTo(setting);
      book.tell("new-connection-is-reset", isReset(answer), answer);
      const downloads = await lab.downloads({ hosts: neighbours, count: 1, bytes: 300_000, stallMs: silenceMs });
      book.tell("neighbours-download", downloads.ok === neighbours.length, downloads.reasons.join("; "));
      await operator.until(
        "the counter shows stopped packets",
        hangMs,
        (site) => (hostOf(site, mailer.mac).containments[0]?.packetsStopped ?? 0) > 20,
      );
      book.tell("counter-grows", true);
      const passed = (await arrivedOf(setting)) - before;
      book.tell("nothing-of-it-passes", passed === 0, `${passed} packets of it reached the provider`);
      // After everything, the cut and what it does to others included.
      const last = await operator.site();
      const infected = infectedOf(setting);
      const found = accused(
        setting,
        last,
        ({ host, verdict }) => !infected.includes(host) && (verdict === "suspect" || verdict === "infected"),
      );
      book.tell("nobody-else-is-accused", found === "", found);
      // The first two sentences are the profile's; what follows is what the traffic says.
      const shown = last.sensor.placementReasons.slice(2);
      const isDoubted = shown.some((sentence) => /^Going by the traffic|^The ports look swapped/.test(sentence));
      book.tell("traffic-shows-lan", shown.length > 0 && !isDoubted, shown.join(" ") || "the traffic says nothing");
      book.note(`placement: ${shown.join(" ")}`);
    },
  },
];

/** What comes of a connection that the mailer tries now. */
export async function answerTo({ office: { lab }, mailer }: OfficeSetting): Promise<string> {
  const program = [process.execPath, "-e", knock(lab.facts)];
  return (await lab.exec(mailer.name, program, { timeoutMs: 2 * silenceMs })).stdout.trim();
}

export function isReset(answer: string): boolean {
  return /^ECONNREFUSED \d+$/.test(answer);
}

/**
 * A program that tries a port and says what came of it, and after how many ms. Somebody listens there: a machine that
 * is not cut off is let in, and no refusal comes from the far side.
 */
function knock({ controllerAddress, controllerPort }: SiteFacts): string {
  return `const at = Date.now();
require("node:net").connect({ host: "${controllerAddress}", port: ${controllerPort}, timeout: ${silenceMs} })
  .on("connect", function () { console.log("connected"); this.destroy(); })
  .on("timeout", function () { console.log("silence"); this.destroy(); })
  .on("error", (error) => console.log(error.code, Date.now() - at));`;
}
