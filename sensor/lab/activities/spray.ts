import { createSocket } from "node:dgram";
import type { DrawnActivity } from "../protocol.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { drawStranger } from "./scan.ts";

/** As finely as timers go: in the pauses of a coarser one others would get through. */
const burstMs = 1;

/** A worm of single datagrams: nobody's answer is waited for, and what a datagram holds is nothing. */
export async function spray(plan: DrawnActivity<"spray">, context: ActivityContext): Promise<void> {
  const { random, signal, clock } = context;
  const socket = createSocket("udp4");
  // The dark refuses some of it.
  socket.on("error", () => undefined);
  const datagram = Buffer.alloc(Math.round(plan.bytes));
  const beganAt = clock();
  let sent = 0;
  try {
    while (!signal.aborted) {
      const due = ((clock() - beganAt) * plan.perSecond) / 1000;
      // After a pause of the machine it goes on at its own rate: what was missed is not sent at once.
      sent = Math.max(sent, due - plan.perSecond / 10);
      for (; sent < due; sent += 1) socket.send(datagram, plan.port, drawStranger(random), () => undefined);
      await pause(burstMs, signal);
    }
  } finally {
    socket.close();
  }
}
