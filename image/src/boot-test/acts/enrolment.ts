import type { Act } from "../office-scene.ts";

/** The box comes up at its new place and is known to the controller. */
export const enrolmentActs: readonly Act[] = [
  {
    stories: ["box-enrols", "box-reports-lan", "box-tells-its-kernel-features"],
    async play({ operator, book }) {
      const site = await operator.until("the box is online", 120_000, ({ sensor }) => sensor.state === "online");
      book.tell("box-enrols", true);
      const placed = await operator.until("it says where it stands", 60_000, ({ sensor }) => sensor.placement !== null);
      book.tell("box-reports-lan", placed.sensor.placement === "lan", `it reports ${site.sensor.placement}`);
      book.tell("box-tells-its-kernel-features", true);
    },
  },
];
