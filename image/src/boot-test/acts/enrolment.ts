import type { Act } from "../office-scene.ts";
import { hangMs } from "../patience.ts";

/** The box comes up at its new place and is known to the controller. */
export const enrolmentActs: readonly Act[] = [
  {
    stories: ["box-starts-without-trouble", "box-enrols", "box-reports-lan", "box-tells-its-kernel-features"],
    async play({ box, operator, book }) {
      const troubles = box.machine.words.filter(({ text }) => text.startsWith("TROUBLE"));
      const told = troubles.map(({ text }) => text).join("; ");
      book.tell("box-starts-without-trouble", troubles.length === 0, told);
      await operator.until("the box is online", hangMs, ({ sensor }) => sensor.state === "online");
      book.tell("box-enrols", true);
      const placed = await operator.until("it says where it stands", hangMs, ({ sensor }) => sensor.placement !== null);
      book.tell("box-reports-lan", placed.sensor.placement === "lan", `it reports ${placed.sensor.placement}`);
      // Tried by a process of its own, and told when all are.
      const telling = await operator.until(
        "it tells what its kernel can do",
        hangMs,
        ({ sensor }) => Object.keys(sensor.kernelFeatures).length > 0,
      );
      const { kernelFeatures } = telling.sensor;
      const known = { "reject-bridge-prerouting": true, "reject-bridge-forward": false, nflog: true } as const;
      const wrong = Object.entries(known).filter(([name, isThere]) => kernelFeatures[name] !== isThere);
      book.tell("box-tells-its-kernel-features", wrong.length === 0, wrong.map(([name]) => name).join(", "));
    },
  },
];
