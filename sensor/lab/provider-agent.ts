import { flushCompileCache } from "node:module";
import { setMaxListeners } from "node:events";
import { pause } from "./activities/activity.ts";
import type { LabEvent } from "./lab.ts";
import { openMailServer, worldAnswers } from "./mail-servers.ts";
import { drawMailbox, drawPerson, drawWords } from "./names.ts";
import type { ProviderCalls, Ready } from "./protocol.ts";
import { exponential, pick, seededRandom } from "./random.ts";
import { openRelay } from "./relay.ts";
import { drawSite } from "./site.ts";
import { deliver } from "./smtp-client.ts";
import { stdioChannel } from "./stdio-channel.ts";
import { pageServer } from "./line-conditions.ts";
import { openPeer } from "./peer-servers.ts";
import { openDarkServers, openPageServer, openWebServers } from "./web-servers.ts";

/*
 * The process on the provider's side: all web and mail servers of the world and the relay to the
 * controller. Called with the seed and the path of the relay's Unix socket.
 */

/** Where something may answer in the dark Internet. */
const darkPorts = [22, 23, 139, 445, 1433, 2323, 3389];

async function main(seed: number, relayPath: string): Promise<void> {
  const site = drawSite(seed);
  const { world, facts } = site;
  const clock = (): number => Date.now();
  let inbound = new AbortController();
  setMaxListeners(0, inbound.signal);

  const channel = stdioChannel<ProviderCalls, LabEvent | Ready>({
    "inbound-mail": async ({ mailEveryMs, delayMs, forMs }) => {
      const random = seededRandom(seed).fork("inbound");
      const signal = AbortSignal.any([inbound.signal, AbortSignal.timeout(delayMs + forMs)]);
      const work = async (): Promise<void> => {
        await pause(delayMs, signal);
        while (!signal.aborted) {
          const sender = pick(random, world.domains.slice(0, 20));
          const from = `${pick(random, sender.mailboxes)}@${sender.name}`;
          const recipient = `${drawMailbox(random)}@${world.office.domain}`;
          const text = `From: ${drawPerson(random)} <${from}>\nTo: <${recipient}>\nSubject: ${drawWords(random, 4)}\n\n${drawWords(random, 40)}`;
          await deliver(
            {
              address: facts.publicAddress,
              greeting: "EHLO",
              helo: sender.servers[0]?.name ?? sender.name,
              from,
              recipients: [recipient],
              text,
              connectTimeoutMs: 5000,
            },
            signal,
          );
          await pause(exponential(random, mailEveryMs), signal);
        }
      };
      void work().catch((error: unknown) =>
        channel.tell({ kind: "log", at: clock(), from: "provider", text: `inbound mail failed: ${String(error)}` }),
      );
      return null;
    },
    stop: async () => {
      inbound.abort();
      inbound = new AbortController();
      setMaxListeners(0, inbound.signal);
      return null;
    },
  });

  const answers = worldAnswers(
    new Set(world.domains.flatMap((domain) => domain.mailboxes.map((box) => `${box}@${domain.name}`))),
  );
  await Promise.all([
    openWebServers(world.files.port),
    openDarkServers(darkPorts),
    openPageServer(pageServer.pagePort),
    openPeer(pageServer.peerPort),
    openRelay(facts.controllerAddress, facts.controllerPort, relayPath),
    ...world.mailServers.flatMap((server) =>
      server.addresses.map((address) =>
        openMailServer({
          name: server.name,
          address,
          recipientAnswer: answers,
          onMail: (mail) => channel.tell({ kind: "mail-received", at: clock(), server: server.name, address, ...mail }),
        }),
      ),
    ),
  ]);
  channel.tell({ kind: "ready" });
  // Now and not at the end: this process ends by being killed with its namespace.
  flushCompileCache();
  await channel.closed;
  process.exit(0);
}

await main(Number(process.argv[2]), String(process.argv[3]));
