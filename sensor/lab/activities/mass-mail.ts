import { drawCode, drawMailbox, drawPerson, drawWords } from "../names.ts";
import type { DrawnActivity } from "../protocol.ts";
import { chance, exponential, pick, seededRandom, shuffled, wholeBetween, type Random } from "../random.ts";
import type { Site } from "../site.ts";
import { deliver } from "../smtp-client.ts";
import { pause, type ActivityContext } from "./activity.ts";

/** The list a mailer was given: the same for looking up and for sending. */
function targetDomains(site: Site, count: number): readonly string[] {
  const random = seededRandom(site.facts.seed).fork("mailer-list");
  return shuffled(
    random,
    site.world.domains.map((domain) => domain.name),
  ).slice(0, Math.round(count));
}

/** Looks up mail servers and their addresses, a few at a time, and remembers them. */
export async function resolveMailServers(
  plan: DrawnActivity<"resolve-mail-servers">,
  context: ActivityContext,
): Promise<void> {
  const { names, random, signal } = context;
  const domains = targetDomains(context.site, plan.domains);
  const resolved = new Set<string>();
  for (const domain of domains) {
    if (signal.aborted) return;
    for (const server of await names.mailServersOf(domain)) {
      if ((await names.addressesOf(server)).length > 0) resolved.add(server);
    }
    await pause(exponential(random, 40), signal);
  }
  context.report({
    kind: "mail-servers-resolved",
    at: context.clock(),
    host: context.host.name,
    domains: domains.length,
    servers: resolved.size,
  });
}

/** A name as templates of mailers make them up. */
function bogusHelo(random: Random, site: Site): string {
  const domain = pick(random, site.world.domains).name;
  return pick(random, [
    domain,
    `${drawCode(random, wholeBetween(random, [5, 9])).toLowerCase()}.${domain}`,
    `mail${wholeBetween(random, [1, 99])}.${domain}`,
    drawCode(random, wholeBetween(random, [6, 10])),
    `[192.168.${wholeBetween(random, [0, 254])}.${wholeBetween(random, [1, 254])}]`,
    "localhost",
  ]);
}

function bogusText(random: Random, from: string, recipients: readonly string[], at: number): string {
  const headers = shuffled(random, [
    `From: "${drawPerson(random)}" <${from}>`,
    `To: ${recipients.map((recipient) => `<${recipient}>`).join(", ")}`,
    `Subject: ${drawWords(random, wholeBetween(random, [2, 6]))} ${wholeBetween(random, [10, 99])}%`,
    `Date: ${new Date(at - wholeBetween(random, [0, 8e7])).toUTCString()}`,
    ...(chance(random, 0.7) ? [`Message-ID: <${drawCode(random, 16)}@${pick(random, ["local", "pc", "host"])}>`] : []),
    ...(chance(random, 0.6)
      ? [`X-Mailer: ${drawWords(random, 2)} ${wholeBetween(random, [1, 12])}.${wholeBetween(random, [0, 99])}`]
      : []),
    ...(chance(random, 0.4) ? [`Received: from ${drawCode(random, 6)} by ${drawWords(random, 1)}`] : []),
    ...(chance(random, 0.3) ? [`X-Priority: ${wholeBetween(random, [1, 5])}`] : []),
  ]);
  const body = Array.from({ length: wholeBetween(random, [2, 12]) }, () =>
    drawWords(random, wholeBetween(random, [4, 14])),
  );
  return [...headers, "", ...body].join("\n");
}

/**
 * A mass mailer: straight to the servers of many domains, a backup server as soon as the first, each
 * mail with another name, sender and set of headers; what is refused or put off is never tried again.
 */
export async function massMail(plan: DrawnActivity<"mass-mail">, context: ActivityContext): Promise<void> {
  const { random, names, signal, site, host } = context;
  const domains = targetDomains(site, plan.domains);
  const told = new Map(site.world.domains.map(({ name, servers }) => [name, servers.map((server) => server.name)]));
  const serversOf = async (domain: string): Promise<readonly string[]> =>
    plan.isTold ? (told.get(domain) ?? []) : names.mailServersOf(domain);
  const underWay = new Set<Promise<void>>();
  const connectTimeoutMs = wholeBetween(random, [8_000, 21_000]);
  const mail = async (): Promise<void> => {
    const domain = pick(random, domains);
    const server = pick(random, await serversOf(domain));
    const address = server === undefined ? undefined : pick(random, await names.addressesOf(server));
    const helo = bogusHelo(random, site);
    const from = `${drawMailbox(random)}@${pick(random, site.world.domains).name}`;
    const recipients = Array.from(
      { length: Math.round(plan.recipientsPerMail) },
      () => `${drawMailbox(random)}@${domain}`,
    );
    const outcome =
      address === undefined
        ? "unresolved"
        : await deliver(
            {
              address,
              greeting: chance(random, 0.5) ? "HELO" : "EHLO",
              helo,
              from,
              recipients,
              text: bogusText(random, from, recipients, context.clock()),
              connectTimeoutMs,
            },
            signal,
          );
    if (signal.aborted) return;
    context.report({
      kind: "mail-sent",
      at: context.clock(),
      host: host.name,
      domain,
      server: server ?? "",
      helo,
      outcome,
    });
  };
  while (!signal.aborted) {
    if (underWay.size < plan.parallel) {
      const sent = mail();
      underWay.add(sent);
      void sent.finally(() => underWay.delete(sent));
    }
    await pause(exponential(random, 1000 / plan.mailsPerSecond), signal);
  }
  await Promise.all(underWay);
}
