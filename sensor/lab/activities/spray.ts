import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { DrawnActivity } from "../protocol.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { wholeBetween } from "../random.ts";
import { drawStranger } from "./scan.ts";

/** As finely as timers go: in the pauses of a coarser one others would get through. */
const burstMs = 1;

/** Single datagrams: nobody's answer is waited for, and what a datagram holds is nothing. */
export async function spray(plan: DrawnActivity<"spray">, context: ActivityContext): Promise<void> {
  const { random, signal, clock } = context;
  const socket = createSocket("udp4");
  // The dark refuses some of it.
  socket.on("error", () => undefined);
  if (plan.fromPort !== undefined) {
    socket.bind(plan.fromPort);
    await once(socket, "listening");
  }
  const victim = plan.isToOne ? drawStranger(random) : null;
  const datagram = Buffer.alloc(Math.round(plan.bytes));
  const beganAt = clock();
  let sent = 0;
  try {
    while (!signal.aborted) {
      const due = ((clock() - beganAt) * plan.perSecond) / 1000;
      // After a pause of the machine it goes on at its own rate: what was missed is not sent at once.
      sent = Math.max(sent, due - plan.perSecond / 10);
      for (; sent < due; sent += 1) {
        const to = victim ?? drawStranger(random);
        const port = plan.port === "any" ? wholeBetween(random, [1, 65_535]) : plan.port;
        socket.send(datagram, port, to, () => undefined);
      }
      await pause(burstMs, signal);
    }
  } finally {
    socket.close();
  }
}
