import { createSocket } from "node:dgram";
import type { DrawnActivity } from "../protocol.ts";
import { seededRandom, shuffled, wholeBetween } from "../random.ts";
import type { Site } from "../site.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { tryTarget } from "./scan.ts";

/** The discard service: what comes there moves nobody, and the system has to look for the machine first. */
const lookPort = 9;

function netOf(network: DrawnActivity<"sweep">["network"], site: Site): string {
  if (network === "own") return site.facts.localNets[0]?.split(".").slice(0, 3).join(".") ?? "";
  const beyond = seededRandom(site.facts.seed).fork("strange-network");
  return `10.${wholeBetween(beyond, [0, 255])}.${wholeBetween(beyond, [0, 255])}`;
}

/** Goes once through a network of 254 addresses, and calls the same ports at each. */
export async function sweep(plan: DrawnActivity<"sweep">, context: ActivityContext): Promise<void> {
  const { random, signal, site, host, clock } = context;
  const net = netOf(plan.network, site);
  const addresses = Array.from({ length: 254 }, (_, index) => `${net}.${index + 1}`);
  const socket = createSocket("udp4");
  // Who is not there makes it fail.
  socket.on("error", () => undefined);
  const beganAt = clock();
  const underWay = new Set<Promise<unknown>>();
  try {
    for (const [index, address] of shuffled(random, addresses).entries()) {
      if (signal.aborted) break;
      if (address === host.address) continue;
      if (plan.calls.ports.length === 0) socket.send("", lookPort, address, () => undefined);
      for (const port of plan.calls.ports) {
        const tried = tryTarget(address, port, plan.timeoutMs, signal);
        underWay.add(tried);
        void tried.finally(() => underWay.delete(tried));
      }
      await pause(Math.max(0, beganAt + ((index + 1) * 1000) / plan.perSecond - clock()), signal);
    }
    await Promise.all(underWay);
  } finally {
    socket.close();
  }
}
