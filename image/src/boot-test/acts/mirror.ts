import { officeOutbreak } from "../../../../sensor/lab/index.ts";
import { hostOf } from "../../../../sensor/test/line/operator.ts";
import { accused, infectedOf, type Act } from "../office-scene.ts";
import { hangMs } from "../patience.ts";

/** From copies of the router's frames the machines are told apart; nothing can be stopped. */
export const mirrorActs: readonly Act[] = [
  {
    stories: ["mirror-enrols", "box-reports-mirror", "mirror-names-the-mailer", "nobody-else-is-accused-at-a-mirror"],
    async play(setting) {
      const { office, operator, book, mailer } = setting;
      await operator.until("the box is online", hangMs, ({ sensor }) => sensor.state === "online");
      book.tell("mirror-enrols", true);
      const placed = await operator.until("it says where it stands", hangMs, ({ sensor }) => sensor.placement !== null);
      book.tell("box-reports-mirror", placed.sensor.placement === "mirror", `it reports ${placed.sensor.placement}`);
      await office.lab.run(officeOutbreak);
      const infected = infectedOf(setting);
      const named = await operator.until("mailer and worm are named", hangMs, ({ hosts }) =>
        infected.every((mac) => hosts.some(({ host, verdict }) => host === mac && verdict === "infected")),
      );
      book.tell("mirror-names-the-mailer", hostOf(named, mailer.mac).class === "mass-mailer");
      const found = accused(
        setting,
        named,
        ({ host, verdict }) => !infected.includes(host) && (verdict === "suspect" || verdict === "infected"),
      );
      book.tell("nobody-else-is-accused-at-a-mirror", found === "", found);
    },
  },
];
