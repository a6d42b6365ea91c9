import { drawCode } from "../names.ts";
import type { DrawnActivity } from "../protocol.ts";
import { exponential } from "../random.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { drawStranger } from "./scan.ts";

/** Asks each list about each sender, by the address turned round (RFC 5782 2.1). Hardly any of them is on one. */
export async function askBlockLists(plan: DrawnActivity<"ask-block-lists">, context: ActivityContext): Promise<void> {
  const { random, names, signal } = context;
  const lists = Array.from({ length: Math.round(plan.lists) }, () => `bl.${drawCode(random, 6).toLowerCase()}.test`);
  while (!signal.aborted) {
    const sender = drawStranger(random).split(".").toReversed().join(".");
    await Promise.all(lists.map((list) => names.addressesOf(`${sender}.${list}`)));
    await pause(exponential(random, plan.senderEveryMs), signal);
  }
}
