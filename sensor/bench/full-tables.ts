import { Judge } from "../src/judge.ts";
import { createPacket } from "../src/packet/packet.ts";
import { parseFrame } from "../src/packet/parse.ts";
import { WeirdCounter } from "../src/packet/weird.ts";
import { connectionPackets } from "./judge-captures.ts";
import { SeededRandom } from "./random.ts";
import { median } from "./statistics.ts";
import { linkTypes } from "../src/capture/frame.ts";

/** Fewer than fill a table, of which every other opens a contact. */
const slice = 80_000;

/**
 * How much more a packet costs the judge once its tables are full, with nothing but new connections: the same number of
 * packets before and after, in one process that has judged as much before, for a compiler that is still at work would be
 * measured as well.
 */
export function fullTablesRatio(runs: number): number {
  const ratios: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const feed = feeder(run + 1);
    const filling = feed(slice);
    feed(2 * slice);
    const full = feed(slice);
    if (run > 0) ratios.push(full / filling);
  }
  return median(ratios);
}

/** Milliseconds that the judge takes for the next packets. */
function feeder(seed: number): (packets: number) => number {
  const judge = new Judge({ localNets: [], declared: [], exclude: [] });
  const { next, packetsPerSecond } = connectionPackets();
  const random = new SeededRandom(seed);
  const packet = createPacket();
  const weird = new WeirdCounter();
  let at = 1_767_225_600_000;
  return (packets) => {
    const startedAt = performance.now();
    for (let index = 0; index < packets; index += 1) {
      at += 1000 / packetsPerSecond;
      const { bytes } = next(random);
      parseFrame({ at, linkType: linkTypes.ethernet, bytes, side: null, mark: "seen" }, packet, weird);
      judge.observe(packet);
    }
    return performance.now() - startedAt;
  };
}
