import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { DrawnActivity } from "../protocol.ts";
import { exponential, wholeBetween } from "../random.ts";
import { pause, type ActivityContext } from "./activity.ts";

/** A call without news for so long is given up. */
const patienceMs = 1000;
/** Below the ports that the system gives out. */
const sourcePorts = { first: 1025, last: 30_000 } as const;

/** One call from this source port; whether it brought what was wanted. */
async function ask(server: string, address: string, port: number, localPort: number, signal: AbortSignal) {
  const request = get({
    host: address,
    port,
    localPort,
    path: "/news",
    headers: { host: server },
    agent: false,
    signal,
  });
  // The time-out of a socket does not run while it connects.
  const timer = setTimeout(() => request.destroy(), patienceMs);
  try {
    const [response] = (await once(request, "response")) as [IncomingMessage];
    for await (const _chunk of response);
    return response.statusCode === 200;
  } catch {
    // Refused, silent, or no page at all: all of it is no news.
    return false;
  } finally {
    clearTimeout(timer);
    request.destroy();
  }
}

/** A program that asks its few servers in turn, and comes back at once where it does not get what it wants. */
export async function poll(plan: DrawnActivity<"poll">, context: ActivityContext): Promise<void> {
  const { random, names, signal, site } = context;
  const servers = site.world.feeds;
  let localPort = wholeBetween(random, [sourcePorts.first, sourcePorts.first + 2000]);
  for (let call = 0; !signal.aborted; call += 1) {
    const server = servers[call % servers.length] ?? "";
    const [address] = await names.addressesOf(server);
    const isContent = address !== undefined && (await ask(server, address, plan.port, localPort, signal));
    localPort = localPort < sourcePorts.last ? localPort + 1 : sourcePorts.first;
    await pause(isContent ? exponential(random, plan.contentMs) : plan.discontentMs, signal);
  }
}
