import { connect } from "node:net";
import type { DrawnActivity } from "../protocol.ts";
import { chance, exponential, pick, wholeBetween, type Random } from "../random.ts";
import type { SomePort } from "../scenario.ts";
import type { Site } from "../site.ts";
import { pause, type ActivityContext } from "./activity.ts";

type Outcome = "answered" | "refused" | "unreachable" | "silent";

const reportEveryMs = 1000;

function octet(random: Random): number {
  return wholeBetween(random, [0, 255]);
}

/** An address of the dark Internet. */
export function drawStranger(random: Random): string {
  return `10.${octet(random)}.${octet(random)}.${wholeBetween(random, [1, 254])}`;
}

export function drawPort(random: Random, port: SomePort): number {
  return typeof port === "number" ? port : pick(random, port.oneOf);
}

function drawNeighbour(random: Random, site: Site): string {
  const net = site.facts.localNets[0]?.split(".").slice(0, 3).join(".") ?? "";
  return `${net}.${wholeBetween(random, [1, 254])}`;
}

/** Whom a scan calls next. Pure, as the pause after it: so a scan of hours is written down in a moment. */
export function drawTarget(
  plan: DrawnActivity<"scan">,
  site: Site,
  random: Random,
): { readonly address: string; readonly port: number; readonly isLocal: boolean } {
  const isLocal = chance(random, plan.localShare);
  const address = isLocal ? drawNeighbour(random, site) : drawStranger(random);
  return { address, port: drawPort(random, plan.port), isLocal };
}

/** Until its next target, when it has been going on for so long. */
export function drawPauseMs(plan: DrawnActivity<"scan">, random: Random, elapsedMs: number): number {
  return exponential(random, 1000 / (elapsedMs < plan.warmUpMs ? plan.warmUpPerSecond : plan.perSecond));
}

/** One ordinary connect of the host's kernel; hangs up as soon as it knows. */
export async function tryTarget(
  address: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome = Promise.withResolvers<Outcome>();
  const socket = connect({ host: address, port });
  const onAbort = (): void => outcome.resolve("silent");
  signal.addEventListener("abort", onAbort, { once: true });
  socket.setTimeout(timeoutMs, () => outcome.resolve("silent"));
  socket.on("connect", () => outcome.resolve("answered"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED") outcome.resolve("refused");
    else outcome.resolve(error.code === "EHOSTUNREACH" || error.code === "ENETUNREACH" ? "unreachable" : "silent");
  });
  try {
    return await outcome.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}

/** A scanning worm: random addresses, few ports. It only knocks: nothing is ever sent on what opens. */
export async function scan(plan: DrawnActivity<"scan">, context: ActivityContext): Promise<void> {
  const { random, signal, site, host, clock } = context;
  const counts = { started: 0, answered: 0, refused: 0, unreachable: 0, silent: 0, local: 0 };
  const port = typeof plan.port === "number" ? plan.port : (plan.port.oneOf[0] ?? 0);
  const report = (): void => context.report({ kind: "scan", at: clock(), host: host.name, port, ...counts });
  const beganAt = clock();
  let reportedAt = beganAt;
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    const target = drawTarget(plan, site, random);
    const { isLocal } = target;
    if (isLocal) counts.local += 1;
    else counts.started += 1;
    const tried = tryTarget(target.address, target.port, plan.timeoutMs, signal).then((outcome) => {
      if (!isLocal && !signal.aborted) counts[outcome] += 1;
    });
    underWay.add(tried);
    void tried.finally(() => underWay.delete(tried));
    if (clock() - reportedAt >= reportEveryMs) {
      reportedAt = clock();
      report();
    }
    await pause(drawPauseMs(plan, random, clock() - beganAt), signal);
  }
  await Promise.all(underWay);
  report();
}
