import { flushCompileCache } from "node:module";
import { announce } from "./activities/announce.ts";
import { askBlockLists } from "./activities/ask-block-lists.ts";
import { browse, checkIn } from "./activities/browse.ts";
import { callPeers } from "./activities/call-peers.ts";
import { massMail, resolveMailServers } from "./activities/mass-mail.ts";
import { askOwnResolver, resolveForEverybody } from "./activities/own-resolver.ts";
import { poll } from "./activities/poll.ts";
import { openPrinter, print } from "./activities/print.ts";
import { scan } from "./activities/scan.ts";
import { scanByHand } from "./activities/scan-by-hand.ts";
import { spray } from "./activities/spray.ts";
import { sweep } from "./activities/sweep.ts";
import { sendMail } from "./activities/send-mail.ts";
import { pause, type ActivityContext } from "./activities/activity.ts";
import { NameClient } from "./activities/name-client.ts";
import { download } from "./activities/web-client.ts";
import type { DownloadReport, LabEvent } from "./lab.ts";
import type { DrawnActivity, HostCalls, Ready } from "./protocol.ts";
import { pick, seededRandom } from "./random.ts";
import { drawSite } from "./site.ts";
import { stdioChannel } from "./stdio-channel.ts";
import { SensorError } from "../src/errors.ts";

/*
 * The process that lives in one host's namespace. Called with the seed and the host's number; the
 * site is drawn from the seed here as it is everywhere else.
 */

/** How long a host remembers an address; longer than any cut line lasts in a scenario. */
const rememberMs = 600_000;

async function perform(activity: DrawnActivity, context: ActivityContext): Promise<void> {
  switch (activity.kind) {
    case "announce":
      return announce(context);
    case "browse":
      return browse(activity, context);
    case "check-in":
      return checkIn(activity, context);
    case "print":
      return print(activity, context);
    case "send-mail":
      return sendMail(activity, context);
    case "resolve-mail-servers":
      return resolveMailServers(activity, context);
    case "mass-mail":
      return massMail(activity, context);
    case "scan":
      return scan(activity, context);
    case "scan-by-hand":
      return scanByHand(activity, context);
    case "sweep":
      return sweep(activity, context);
    case "ask-block-lists":
      return askBlockLists(activity, context);
    case "call-peers":
      return callPeers(activity, context);
    case "spray":
      return spray(activity, context);
    case "poll":
      return poll(activity, context);
    case "resolve-for-everybody":
      return resolveForEverybody(context);
    case "ask-own-resolver":
      return askOwnResolver(context);
  }
}

async function main(seed: number, index: number): Promise<void> {
  const site = drawSite(seed);
  const host = site.hosts[index];
  if (host === undefined) throw new SensorError("lab-failed", `the site has no host ${index}`);
  const clock = (): number => Date.now();
  const names = new NameClient(site.facts.gateway.address, clock, rememberMs);
  const underWay = new Map<Promise<void>, AbortController>();
  let downloads = 0;

  const channel = stdioChannel<HostCalls, LabEvent | Ready>({
    begin: async ({ activity, key, delayMs, forMs }) => {
      const abort = new AbortController();
      const context: ActivityContext = {
        site,
        host,
        random: seededRandom(seed).fork(`activity/${index}/${key}`),
        names,
        signal: abort.signal,
        report: (event) => channel.tell(event),
        clock,
      };
      const work = async (): Promise<void> => {
        await pause(delayMs, abort.signal);
        if (abort.signal.aborted) return;
        channel.tell({ kind: "begins", at: clock(), host: host.name, activity: activity.kind });
        const limit = setTimeout(() => abort.abort(), forMs);
        try {
          await perform(activity, context);
        } catch (error) {
          channel.tell({
            kind: "log",
            at: clock(),
            from: host.name,
            text: `${activity.kind} failed: ${String(error)}`,
          });
        } finally {
          clearTimeout(limit);
        }
      };
      const done = work();
      underWay.set(done, abort);
      void done.finally(() => underWay.delete(done));
      return null;
    },
    stop: async () => {
      for (const abort of underWay.values()) abort.abort();
      await Promise.all(underWay.keys());
      return null;
    },
    download: async ({ count, bytes, stallMs }, signal): Promise<DownloadReport> => {
      const { name, port } = site.world.files;
      const report = { ok: 0, failed: 0, reasons: [] as string[], longestStallMs: 0 };
      for (let round = 0; round < count && !signal.aborted; round += 1) {
        downloads += 1;
        const token = `${host.name}.${downloads}`;
        const address = pick(seededRandom(token), await names.addressesOf(name));
        const outcome =
          address === undefined
            ? { ok: false as const, reason: `${name} does not resolve`, longestStallMs: 0 }
            : await download({ name, address, port, token, bytes, stallMs }, clock, signal);
        report.longestStallMs = Math.max(report.longestStallMs, outcome.longestStallMs);
        if (outcome.ok) report.ok += 1;
        else {
          report.failed += 1;
          report.reasons.push(`${host.name}: ${outcome.reason}`);
        }
      }
      return report;
    },
  });

  if (host.job === "printer") await openPrinter();
  if (host.job === "mail-server") {
    const { openMailServer } = await import("./mail-servers.ts");
    const { domain, serverName } = site.world.office;
    await openMailServer({
      name: serverName,
      address: "0.0.0.0",
      recipientAnswer: (recipient) => (recipient.endsWith(`@${domain}`) ? "accept" : "unknown"),
      onMail: ({ helo, from }) =>
        channel.tell({ kind: "office-mail-received", at: clock(), host: host.name, helo, from }),
    });
  }
  channel.tell({ kind: "ready" });
  // Now and not at the end: this process ends by being killed with its namespace.
  flushCompileCache();
  await channel.closed;
  process.exit(0);
}

await main(Number(process.argv[2]), Number(process.argv[3]));
